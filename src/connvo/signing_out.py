"""Ending sign-ins for operators: by an id, an address or a subject, and one at a time or all."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from .functions.users._sessions import (
    KnownSession,
    accounts_of,
    end_all_sessions_of,
    end_session_of,
    sessions_of,
)
from .kernel.errors import ConnvoError
from .runtime.execute import Runtime
from .schema.users import UserId

MS = 1000.0
COLUMN = 34


class NoSuchSignIn(ConnvoError):
    """No account fits, several do, or the account has no such sign-in."""


@dataclass(frozen=True)
class Account:
    """An account and its sign-ins."""

    runtime: Runtime
    id: UserId
    sessions: list[KnownSession]

    async def looked_at_again(self) -> "Account":
        """Return the account as it is now."""
        return replace(self, sessions=await self.runtime.call(sessions_of, user_id=self.id))

    def as_json(self) -> str:
        """Return the account for programs; times in ms."""
        rows = [
            {
                "id": one.id,
                "browser": one.browser,
                "system": one.system,
                "createdAt": one.created_at,
                "lastSeenAt": one.last_seen_at,
            }
            for one in self.sessions
        ]
        return json.dumps({"userId": self.id, "sessions": rows}, indent=2)

    def as_text(self) -> str:
        """Return the account for people."""
        lines = [self.id, f"  {'sign-in':{COLUMN}}{'since':22}{'last seen':22}in"]
        for one in self.sessions:
            device = " on ".join(filter(None, (one.browser, one.system))) or "a program"
            lines.append(f"  {one.id:{COLUMN}}{_moment(one.created_at):22}{_moment(one.last_seen_at):22}{device}")
        return "\n".join(lines if self.sessions else [self.id, "  no sign-ins"])


async def one_account(runtime: Runtime, who: str) -> Account:
    """Return the account of an id, an address or a subject.

    Raises:
        NoSuchSignIn: There is none, or there are several.
    """
    found: list[UserId] = await runtime.call(accounts_of, who=who)
    if not found:
        raise NoSuchSignIn(f"there is no account with the id, address or subject {who}")
    if len(found) > 1:
        raise NoSuchSignIn(f"{len(found)} accounts match {who}: name one by its id: {', '.join(found)}")
    return await Account(runtime, found[0], []).looked_at_again()


async def end_of(account: Account, session_id: str | None) -> str:
    """End one sign-in, or without an id all; return what was done, in words.

    Raises:
        NoSuchSignIn: The account has no such sign-in.
    """
    if session_id is None:
        count = int(await account.runtime.call(end_all_sessions_of, user_id=account.id))
        return f"ended {count} sign-in{'' if count == 1 else 's'}; every token that was issued until now is refused"
    if not await account.runtime.call(end_session_of, user_id=account.id, session_id=session_id):
        raise NoSuchSignIn(f"the account has no sign-in {session_id}")
    return f"ended {session_id}"


def _moment(ms: float) -> str:
    return datetime.fromtimestamp(ms / MS, UTC).strftime("%Y-%m-%d %H:%M UTC")
