"""Reports of users, messages and meetings to the operators. Beside the documented API."""

from connvo.kernel import text as texts
from connvo.kernel.errors import Invalid, NotFound
from connvo.model.access import require_meeting, require_member, require_user
from connvo.model.audit import audit
from connvo.model.meetings import members
from connvo.model.membership import invitations
from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation
from connvo.runtime.wire import Result
from connvo.schema.chat import ChatMessage, ChatMessageId
from connvo.schema.meetings import MeetingId
from connvo.schema.reports import Report, ReportId, ReportKind
from connvo.schema.users import User, UserId

ACTION = "report"
BURST = 10.0
RATE = 1 / 60
TEXT_LENGTH = 1_000


class Reported(Result, frozen=True, kw_only=True):
    """A report that the operators can read."""

    report_id: ReportId


@mutation
def report(
    ctx: MutationCtx,
    text: str,
    user_id: UserId | None = None,
    message_id: ChatMessageId | None = None,
    meeting_id: MeetingId | None = None,
) -> Reported:
    """Report a user, a message or a meeting, in up to 1,000 characters. The reported user is not told.

    Give exactly one id, or a user's id with that of the meeting where it happened. Members can report messages and
    meetings; invited users can report a meeting too. The limit is ten reports at once, then one per minute.

    Raises:
        Forbidden: The caller does not belong to the meeting.
        Invalid: No id or too many are given, or the reported user is the caller.
        NotFound: There is no such user or message.
        RateLimited: The caller has sent too many reports.
    """
    caller = require_user(ctx)
    words = texts.paragraph(text, "text", TEXT_LENGTH, least=1, name="The description")
    kind, target_id, reported, meeting = _target(ctx, caller, user_id, message_id, meeting_id)
    if reported == caller.id:
        raise Invalid("You cannot report yourself", "userId")
    charge(ctx, caller.id, ACTION, "", BURST, RATE)
    made = ctx.db.insert(
        Report(
            reporter_id=caller.id,
            kind=kind,
            target_id=target_id,
            reported_user_id=reported,
            meeting=meeting,
            text=words,
            created_at=ctx.now,
        )
    )
    audit(ctx, "report.create", "reports", made.id, caller.id, kind=kind)
    return Reported(report_id=made.id)


def _target(
    ctx: QueryCtx,
    caller: User,
    user_id: UserId | None,
    message_id: ChatMessageId | None,
    meeting_id: MeetingId | None,
) -> tuple[ReportKind, str, UserId, MeetingId | None]:
    if message_id is not None and user_id is None and meeting_id is None:
        message = ctx.db.get(ChatMessage, message_id)
        if message is None or members.member_of(ctx, message.meeting_id, caller.id) is None:
            raise NotFound("Message", message_id)
        return "message", message.id, message.sender_id, message.meeting_id
    if message_id is not None or (user_id is None and meeting_id is None):
        raise Invalid("Name one user, message or meeting", "userId")
    if meeting_id is not None:
        _require_connection(ctx, caller, meeting_id)
    if user_id is None:
        assert meeting_id is not None
        return "meeting", meeting_id, require_meeting(ctx, meeting_id).organizer_id, meeting_id
    if ctx.db.get(User, user_id) is None:
        raise NotFound("User", user_id)
    return "user", user_id, user_id, meeting_id


def _require_connection(ctx: QueryCtx, caller: User, meeting_id: MeetingId) -> None:
    if invitations.find_open(ctx, caller, meeting_id) is None:
        require_member(ctx, meeting_id)
