"""The minutes of audio that a process takes of one meeting, and of all in a day.

Guarantees: memory is bounded: meetings that were idle longest are counted from zero again.
"""

import time
from collections import OrderedDict

from connvo.settings import SpeechSettings

MINUTE = 60.0
DAY_SECONDS = 86_400.0
MAX_MEETINGS = 10_000


class MinuteBudget:
    """The seconds that were taken since the server started, and today (UTC)."""

    def __init__(self, settings: SpeechSettings) -> None:
        self._per_meeting = settings.minutes_per_meeting * MINUTE
        self._per_day = settings.minutes_per_day * MINUTE
        self._meetings: OrderedDict[str, float] = OrderedDict()
        self._day = 0.0
        self._today = 0.0

    def has_left(self, meeting_id: str) -> bool:
        """Return whether more audio of a meeting may be taken."""
        self._turn_page()
        return self._meetings.get(meeting_id, 0.0) < self._per_meeting and self._today < self._per_day

    def spend(self, meeting_id: str, seconds: float) -> bool:
        """Count audio of a meeting, unless its budget is used up; return whether it was not."""
        if not self.has_left(meeting_id):
            return False
        self._today += seconds
        self._meetings[meeting_id] = self._meetings.pop(meeting_id, 0.0) + seconds
        if len(self._meetings) > MAX_MEETINGS:
            self._meetings.popitem(last=False)
        return True

    def _turn_page(self) -> None:
        day = time.time() // DAY_SECONDS
        if day != self._day:
            self._day, self._today = day, 0.0
