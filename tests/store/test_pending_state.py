"""A transaction sees its own writes over those of its group, and those over the database."""

from connvo.kernel.ids import encode_id
from connvo.store.schema import table_of
from connvo.store.transaction import PendingState
from connvo.store.write_buffer import PendingWrite, WriteBuffer
from tests.support.tables import Item, ItemId

ITEMS = table_of(Item)
ID = ItemId(encode_id(ITEMS.number, bytes(16)))
GROUPS = PendingWrite(Item(id=ID, note="of the group"), "{}")
OWN = PendingWrite(Item(id=ID, note="its own"), "{}")


def pending_after(*of_the_group: PendingWrite) -> PendingState:
    """Return the state of a transaction whose group has made some writes."""
    group = WriteBuffer()
    for write in of_the_group:
        group.add(ITEMS, ID, write)
    return PendingState(group)


def test_a_document_without_a_write_is_left_to_the_database() -> None:
    pending = pending_after()
    assert pending.lookup(ITEMS, ID) is None
    assert ITEMS not in pending


def test_a_write_of_the_group_is_seen() -> None:
    pending = pending_after(GROUPS)
    assert pending.lookup(ITEMS, ID) is GROUPS
    assert ITEMS in pending


def test_an_own_write_hides_that_of_the_group() -> None:
    pending = pending_after(GROUPS)
    pending.own.add(ITEMS, ID, OWN)
    assert pending.lookup(ITEMS, ID) is OWN


def test_an_own_deletion_hides_the_document_of_the_group() -> None:
    pending = pending_after(GROUPS)
    pending.own.add(ITEMS, ID, PendingWrite(None))
    found = pending.lookup(ITEMS, ID)
    assert found is not None
    assert found.document is None


def test_a_move_of_either_is_seen_at_its_key() -> None:
    document = Item(id=ID, label="a", creation_time=1.0)
    for pending, buffer in ((own := pending_after(), own.own), (other := pending_after(), other.group)):
        assert not pending.moves("testItems/by_label", ("a",))
        buffer.note_move(ITEMS.index_names, ITEMS.keys(document))
        assert pending.moves("testItems/by_label", ("a",))
        assert not pending.moves("testItems/by_label", ("b",))


def test_writes_handed_over_belong_to_the_group_afterwards() -> None:
    pending = pending_after(GROUPS)
    pending.own.add(ITEMS, ID, OWN)
    pending.hand_over()
    assert ITEMS not in pending.own
    found = pending.lookup(ITEMS, ID)
    assert found is not None
    assert found.document == OWN.document
