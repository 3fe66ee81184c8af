"""Store the registrations of clients that poll what they could follow by live queries."""

from typing import NewType

from connvo.rules.monitoring.shedding import Priority
from connvo.store.schema import Document, table

from .users import UserId

SubscriptionRowId = NewType("SubscriptionRowId", str)


@table(
    "subscriptions",
    10442,
    id_type=SubscriptionRowId,
    owner="user_id",
    indexes={"by_user": ("user_id", "subscription_id"), "by_end": ("valid_until",)},
    retention="deleted ten minutes after the last validation",
)
class Subscription(Document, frozen=True, kw_only=True):
    """The registration of one user for one resource; the pair of user and `subscription_id` is unique; times in ms.

    `revision` is that of the resource at the registration. `priority` is what the client named; it changes nothing.
    """

    id: SubscriptionRowId = SubscriptionRowId("")
    user_id: UserId
    subscription_id: str
    resource_type: str
    resource_id: str
    priority: Priority = "normal"
    revision: int = 0
    established_at: float
    valid_until: float
