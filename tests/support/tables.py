"""Tables for the tests of the store: every kind of column that an index may have."""

from typing import NewType

from connvo.store.schema import Document, table

ItemId = NewType("ItemId", str)
BoxId = NewType("BoxId", str)


@table(
    "testItems",
    90001,
    id_type=ItemId,
    indexes={"by_owner": ("owner", "rank"), "by_flag": ("flag", "label"), "by_label": ("label",), "by_size": ("size",)},
)
class Item(Document, frozen=True, kw_only=True):
    """A document with text, a nullable number, a boolean, a nullable text, an integer, and what no index holds."""

    id: ItemId = ItemId("")
    owner: str = ""
    rank: float | None = None
    flag: bool = False
    label: str | None = None
    size: int = 0
    note: str = ""
    tags: list[str] = []


@table("testBoxes", 90002, id_type=BoxId)
class Box(Document, frozen=True, kw_only=True):
    """A document of another table."""

    id: BoxId = BoxId("")
    count: int = 0


PageId = NewType("PageId", str)


@table("testPages", 90003, id_type=PageId, indexes={"by_book": ("book",)}, text="terms")
class Page(Document, frozen=True, kw_only=True):
    """A document that is found by its terms; one of them names its book."""

    id: PageId = PageId("")
    book: str = ""
    terms: str = ""


ArrowId = NewType("ArrowId", str)


@table("testArrows", 90004, id_type=ArrowId, indexes={"by_quiver": ("quiver",)})
class Arrow(Document, frozen=True, kw_only=True):
    """A document that is found by its vector."""

    id: ArrowId = ArrowId("")
    quiver: str = ""
    vector: bytes = b""
    colour: str = ""
