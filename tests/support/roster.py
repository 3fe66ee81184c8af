"""A client's roster, kept from the answers of `meetings/roster:changesSince` as its users have to."""

from typing import Any

CHANGES = "meetings/roster:changesSince"


class Roster:
    """What one client knows; `since` is the revision that it names next."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.members: dict[str, Any] = {}
        self.sessions: dict[str, Any] = {}
        self.whole = 0
        self.rows = 0

    @property
    def question(self) -> dict[str, Any]:
        """The arguments of the next question, without the meeting."""
        return {} if self.since is None else {"since": self.since}

    def apply(self, answer: dict[str, Any], move: bool = True) -> None:
        """Take an answer; `move` to its milestone, or keep the present one."""
        if answer["complete"]:
            self.whole += 1
            self.members, self.sessions = {}, {}
        for user_id in answer["removed"]:
            self.members.pop(user_id, None)
        for session_id in answer["ended"]:
            self.sessions.pop(session_id, None)
        self.rows += len(answer["members"]) + len(answer["sessions"]) + len(answer["ended"])
        self.members |= {one["userId"]: one for one in answer["members"]}
        self.sessions |= {one["sessionId"]: one for one in answer["sessions"]}
        if move or self.since is None or answer["complete"]:
            self.since = answer["milestone"]
