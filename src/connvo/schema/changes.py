"""Store the revisions of the live lists of meetings: see `model/changes.py`."""

from typing import ClassVar, Literal, NewType, TypeAlias

from connvo.store.schema import Document, table

FeedId = NewType("FeedId", str)
RemovalId = NewType("RemovalId", str)
FeedName: TypeAlias = Literal["roster", "chat"]


class Revised(Document, frozen=True, kw_only=True):
    """The base of rows that a feed shows; only `model/changes.py` inserts, changes and deletes them.

    `revision` is that of the row's last change. Rows of older versions have none, and count as older than every change.
    A subclass names its `feed`, and in `unshown` the fields that the feed does not depend on. It has the indexes
    `by_meeting`, or another one that begins with the meeting, and `by_revision`: (`meeting_id`, `revision`).
    """

    feed: ClassVar[FeedName]
    unshown: ClassVar[frozenset[str]] = frozenset()

    meeting_id: str
    revision: int = 0


@table(
    "feeds",
    10130,
    id_type=FeedId,
    indexes={"by_meeting": ("meeting_id", "name")},
    retention="kept with its meeting",
)
class Feed(Document, frozen=True, kw_only=True):
    """The live lists of a meeting that change under one count; the pair of meeting and name is unique.

    `revision` counts their changes. `floor` is the oldest revision from which all later changes are known.
    """

    id: FeedId = FeedId("")
    meeting_id: str
    name: FeedName
    revision: int = 0
    floor: int = 0


@table(
    "removals",
    10131,
    id_type=RemovalId,
    indexes={"by_revision": ("meeting_id", "feed", "revision")},
    retention="the newest of each feed, kept with its meeting",
)
class Removal(Document, frozen=True, kw_only=True):
    """The mark of a row that was deleted at a revision; `item` is how clients know it."""

    id: RemovalId = RemovalId("")
    meeting_id: str
    feed: FeedName
    revision: int
    item: str
