"""People of a meeting whose words make a report, and that report."""

from typing import Any

from connvo.schema.insights import Insight, InsightRun, InsightStep, MeetingReport, Recommendation

from .backend import Backend, Caller
from .speech import Talk

GENERATE = "insights/generation:generateInsights"
MINE = "insights/queries:getMeetingInsights"
LIST = "insights/queries:getUserInsights"
BY_ID = "insights/queries:getInsightById"
CONNECTIONS = "insights/queries:getConnectionRecommendations"
FEEDBACK = "insights/mutations:updateInsightsFeedback"
DELETE = "insights/mutations:deleteInsights"
REPORT = "insights/report:getReport"
EDIT = "insights/report:editItem"
REMOVE = "insights/report:deleteItem"
RATE = "insights/report:rateItem"
RATINGS = "insights/report:getMyRatings"
ENABLE = "insights/report:setEnabled"
AVAILABILITY = "insights/availability:getAvailability"
# The host speaks first, then the guest, and so on.
LINES = (
    "Good morning. Let's start with the launch plan for the mobile app.",
    "The mobile app build is stable. We fixed the login crash, and the launch plan depends on the store review.",
    "Gustav, can you send the store screenshots to the agency by Friday?",
    "Sure, I will send them to the agency on Thursday.",
    "We decided to launch the mobile app on the tenth of December.",
    "I will write the release notes tomorrow. If the store review fails I will call the agency.",
    "Who is going to handle the support mailbox during the launch?",
    "Good question, I don't know yet.",
)
LINE_SECONDS = 20.0


class Conversation(Talk):
    """A meeting in which host and guest have talked about a launch."""

    def __init__(self, backend: Backend, lines: tuple[str, ...] = LINES) -> None:
        super().__init__(backend)
        self.backend.advance(LINE_SECONDS * len(lines))
        self.join(self.host, self.guest)
        for number, line in enumerate(lines):
            speaker = (self.host, self.guest)[number % 2]
            self.say(speaker, line, at=number * LINE_SECONDS, seconds=LINE_SECONDS - 6)

    def conclude(self) -> None:
        """Ends the meeting, and runs everything that follows."""
        self.end()
        self.backend.advance(0)

    def report(self, person: Caller | None = None) -> dict[str, Any]:
        """Returns the report as a person sees it, by default the host."""
        shown: dict[str, Any] = (person or self.host).call(REPORT, meetingId=self.meeting_id)
        return shown

    def item(self, section: str, number: int = 0) -> dict[str, Any]:
        """Returns an item of the report."""
        found: dict[str, Any] = self.report()[section][number]
        return found

    def run_row(self) -> InsightRun | None:
        """Returns the run as it is stored."""
        return self.backend.read(lambda db: db.first(InsightRun, "by_meeting", self.meeting_id))

    def steps(self) -> list[InsightStep]:
        """Returns the steps as they are stored."""
        return self.backend.read(lambda db: db.scan(InsightStep, "by_key", self.meeting_id))

    def reports(self) -> list[MeetingReport]:
        """Returns the reports as they are stored."""
        return self.backend.read(lambda db: db.scan(MeetingReport, "by_meeting", self.meeting_id))

    def insights(self) -> list[Insight]:
        """Returns the insights as they are stored."""
        return self.backend.read(lambda db: db.scan(Insight, "by_meeting", self.meeting_id))

    def recommendations(self) -> list[Recommendation]:
        """Returns the recommendations as they are stored."""
        return self.backend.read(lambda db: db.scan(Recommendation, "by_other", self.meeting_id))
