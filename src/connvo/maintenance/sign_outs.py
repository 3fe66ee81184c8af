"""Sign-ins of an account for operators, found by id, address, subject or name: list them, end one or all."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connvo.maintenance.errors import NoMatch
from connvo.model.users.names import PAGE, AccountPage, KnownAccount, account_of, accounts_named
from connvo.model.users.sessions import KnownSession, accounts_of, end_all_sessions_of, end_session_of, sessions_of
from connvo.runtime.services import Runtime
from connvo.runtime.wire import PaginationOptions
from connvo.schema.users import UserId

MS = 1000.0
COLUMN = 34


@dataclass(frozen=True)
class Account:
    """An account and its sign-ins."""

    runtime: Runtime
    known: KnownAccount
    sessions: list[KnownSession]

    @property
    def id(self) -> UserId:
        """Return the id of the account."""
        return self.known.id

    async def looked_at_again(self) -> "Account":
        """Return the account as it is now."""
        return replace(self, sessions=await self.runtime.call(sessions_of, user_id=self.id))

    def as_json(self) -> str:
        """Return the account as JSON; times in milliseconds."""
        rows = [
            {
                "id": one.id,
                "browser": one.browser,
                "system": one.system,
                "createdAt": one.created_at,
                "lastSeenAt": _last_seen_at(one),
            }
            for one in self.sessions
        ]
        whose = {"userId": self.id, "name": self.known.name, "email": self.known.email}
        return json.dumps({**whose, "sessions": rows}, indent=2, ensure_ascii=False)

    def as_text(self) -> str:
        """Return the account as text for a terminal."""
        lines = [_heading(self.known), f"  {'sign-in':{COLUMN}}{'since':22}{'last seen, by hour':22}in"]
        for one in self.sessions:
            device = " on ".join(filter(None, (one.browser, one.system))) or "a program"
            lines.append(f"  {one.id:{COLUMN}}{_moment(one.created_at):22}{_moment(_last_seen_at(one)):22}{device}")
        return "\n".join(lines if self.sessions else [lines[0], "  no sign-ins"])


async def one_account(runtime: Runtime, who: str) -> Account:
    """Return the account with an id, an address or a subject, or else with a name.

    Raises:
        NoMatch: No account matches, or several do.
    """
    ids: list[UserId] = await runtime.call(accounts_of, who=who)
    found = [await runtime.call(account_of, user_id=one) for one in ids] or await _named(runtime, who)
    if not found:
        raise NoMatch(f"there is no account with the id, address, subject or name {who}")
    if len(found) > 1:
        these = "; ".join(_heading(one) for one in found)
        raise NoMatch(f"{len(found)} accounts match {who}: name one by its id: {these}")
    return await Account(runtime, found[0], []).looked_at_again()


async def end_of(account: Account, session_id: str | None) -> str:
    """End one sign-in, or all without an id; return a line that says what was done.

    Raises:
        NoMatch: The account has no such sign-in.
    """
    if session_id is None:
        count = int(await account.runtime.call(end_all_sessions_of, user_id=account.id))
        return f"ended {count} sign-in{'' if count == 1 else 's'}; every token that was issued until now is refused"
    if not await account.runtime.call(end_session_of, user_id=account.id, session_id=session_id):
        raise NoMatch(f"the account has no sign-in {session_id}")
    return f"ended {session_id}"


async def _named(runtime: Runtime, name: str) -> list[KnownAccount]:
    found: list[KnownAccount] = []
    cursor: str | None = None
    while True:
        options = PaginationOptions(num_items=PAGE, cursor=cursor)
        page: AccountPage = await runtime.call(accounts_named, name=name, pagination_opts=options)
        found += page.accounts
        if page.done:
            return found
        cursor = page.cursor


def _heading(known: KnownAccount) -> str:
    address = None if known.email is None else f"<{known.email}>"
    return " ".join(filter(None, (known.id, known.name, address)))


def _last_seen_at(one: KnownSession) -> float:
    """Return when a sign-in was last seen. It is stored to the hour, so it could lie before the sign-in."""
    return max(one.created_at, one.last_seen_at)


def _moment(ms: float) -> str:
    return datetime.fromtimestamp(ms / MS, UTC).strftime("%Y-%m-%d %H:%M UTC")
