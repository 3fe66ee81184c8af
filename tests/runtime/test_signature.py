"""A signature is the contract: what it takes is converted, what it does not take is refused by the argument's name."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, Literal, Required, TypedDict, Unpack

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.functions.meetings.webrtc.signaling import exchange_ice_candidate
from connvo.kernel.errors import Invalid, RequestError
from connvo.kernel.ids import encode_id
from connvo.kernel.values import Int64
from connvo.runtime.context import QueryCtx
from connvo.runtime.signature import Signature
from connvo.runtime.wire import Args
from connvo.schema.signals import IceCandidate
from connvo.store.schema import table_named
from connvo.transport.http.envelope import decode_arguments
from tests.support.tables import BoxId, ItemId

ITEM = encode_id(90001, bytes(range(16)))
BOX = encode_id(90002, bytes(range(16)))


class Place(Args, frozen=True, kw_only=True):
    """A struct within arguments."""

    item_id: ItemId
    floor_level: float | None = None
    boxes: list[BoxId] = []


def call(handler: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    """Return what a function would be called with."""
    return Signature(handler).convert(arguments)


def refused(handler: Callable[..., Any], **arguments: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        call(handler, **arguments)
    assert caught.value.message.startswith("ArgumentValidationError: ")
    return caught.value


def plain(ctx: QueryCtx, user_name: str, how_many: float, is_new: bool, kind: Literal["a", "b"] = "a") -> None:
    """Take values of every plain kind."""


class Details(TypedDict, total=False):
    """Arguments that two functions take."""

    item_id: Required[ItemId]
    short_text: str | None


def with_details(ctx: QueryCtx, user_name: str, **details: Unpack[Details]) -> None:
    """Take the arguments of a typed dictionary behind its own."""


def optional(
    ctx: QueryCtx,
    nullable: str | None,
    absent: str | None = None,
    both: str | None | msgspec.UnsetType = msgspec.UNSET,
) -> None:
    """Take arguments that may be left out, or null, or either."""


def with_ids(
    ctx: QueryCtx,
    item_id: ItemId,
    maybe: ItemId | None = None,
    many: list[BoxId] | None = None,
    named: dict[str, BoxId] | None = None,
    place: Place | None = None,
    places: list[Place] | None = None,
    short: Annotated[ItemId, msgspec.Meta(max_length=40)] | None = None,
    unset: ItemId | None | msgspec.UnsetType = msgspec.UNSET,
) -> None:
    """Take ids wherever they may stand."""


def test_arguments_are_converted_to_the_types_of_the_function() -> None:
    assert call(plain, userName="ann", howMany=3, isNew=True) == {
        "user_name": "ann",
        "how_many": 3.0,
        "is_new": True,
        "kind": "a",
    }


def test_the_fields_of_a_typed_dictionary_are_arguments_like_others() -> None:
    signature = Signature(with_details)
    assert [(one.wire_name, one.required) for one in signature.arguments] == [
        ("userName", True),
        ("itemId", True),
        ("shortText", False),
    ]
    assert call(with_details, userName="ann", itemId=ITEM) == {
        "user_name": "ann",
        "item_id": ITEM,
        "short_text": None,
    }
    assert refused(with_details, userName="ann").metadata["field"] == "itemId"
    assert refused(with_details, userName="ann", itemId=BOX).metadata["field"] == "itemId"
    assert refused(with_details, userName="ann", itemId=ITEM, more=1).metadata["field"] == "more"


def test_the_context_is_no_argument() -> None:
    assert [argument.wire_name for argument in Signature(plain).arguments] == ["userName", "howMany", "isNew", "kind"]
    assert [argument.required for argument in Signature(plain).arguments] == [True, True, True, False]
    assert Signature(plain).returns is type(None)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"userName": 3}, "userName", "expected `str`, got `int`"),
        ({"userName": None}, "userName", "expected `str`, got `null`"),
        ({"howMany": "3"}, "howMany", "expected `float`, got `str`"),
        ({"howMany": True}, "howMany", "expected `float`, got `bool`"),
        ({"howMany": Int64(3)}, "howMany", "expected `float`"),
        ({"isNew": 1}, "isNew", "expected `bool`, got `int`"),
        ({"kind": "c"}, "kind", "invalid enum value 'c'"),
        ({"userName": ["ann"]}, "userName", "expected `str`, got `array`"),
        ({"user_name": "ann"}, "user_name", "is not known"),
        ({"extra": 1}, "extra", "is not known"),
        ({"ctx": 1}, "ctx", "is not known"),
        ({"a`b": 1}, None, "is not known"),
        ({"x - at `$.y": 1}, None, "is not known"),
    ],
)
def test_a_wrong_argument_is_refused_by_its_name(change: dict[str, Any], field: str | None, words: str) -> None:
    error = refused(plain, **{"userName": "ann", "howMany": 3, "isNew": True, **change})
    assert words in error.message
    assert field is None or error.metadata == {"field": field}


def test_a_missing_argument_is_named() -> None:
    error = refused(plain, userName="ann", howMany=3)
    assert error.message == "ArgumentValidationError: the argument `isNew` is missing"
    assert error.metadata == {"field": "isNew"}


@pytest.mark.parametrize("arguments", [None, [], "x", 3, [{}]])
def test_arguments_are_an_object(arguments: object) -> None:
    with pytest.raises(Invalid, match="the arguments: expected `object`") as caught:
        Signature(plain).convert(arguments)
    assert caught.value.metadata == {}


def test_an_optional_argument_may_be_null_as_well() -> None:
    unset = msgspec.UNSET
    assert call(optional, nullable=None) == {"nullable": None, "absent": None, "both": unset}
    assert call(optional, nullable="x", absent=None, both=None) == {"nullable": "x", "absent": None, "both": None}


def test_a_nullable_argument_may_not_be_left_out() -> None:
    assert refused(optional).metadata == {"field": "nullable"}


def test_ids_of_their_tables_are_taken_wherever_they_stand() -> None:
    place = {"itemId": ITEM, "boxes": [BOX]}
    taken = call(
        with_ids,
        itemId=ITEM,
        maybe=ITEM,
        many=[BOX],
        named={"x": BOX},
        place=place,
        places=[place],
        short=ITEM,
        unset=ITEM,
    )
    assert taken["place"] == Place(item_id=ItemId(ITEM), boxes=[BoxId(BOX)])
    assert call(with_ids, itemId=ITEM, maybe=None, many=[], unset=None)["maybe"] is None


@pytest.mark.parametrize("id", ["", "x", BOX, ITEM.upper(), ITEM + "0", ITEM[:-1], "é" * 32, "\ud800", "1" * 10_000])
def test_an_id_of_another_table_is_refused(id: str) -> None:
    error = refused(with_ids, itemId=id)
    assert error.metadata == {"field": "itemId", "table": "testItems"}
    assert len(error.message) < 250
    error.message.encode()


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"maybe": BOX}, "maybe"),
        ({"many": [BOX, ITEM]}, "many[1]"),
        ({"named": {"left": BOX, "right": ITEM}}, "named.right"),
        ({"place": {"itemId": BOX}}, "place.itemId"),
        ({"place": {"itemId": ITEM, "boxes": [BOX, BOX, "x"]}}, "place.boxes[2]"),
        ({"places": [{"itemId": ITEM}, {"itemId": BOX}]}, "places[1].itemId"),
        ({"short": BOX}, "short"),
        ({"unset": BOX}, "unset"),
    ],
)
def test_a_foreign_id_is_refused_wherever_it_stands(arguments: dict[str, Any], field: str) -> None:
    assert refused(with_ids, itemId=ITEM, **arguments).metadata["field"] == field


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({}, "place.itemId"),
        ({"itemId": ITEM, "colour": 1}, "place.colour"),
        ({"itemId": ITEM, "item_id": ITEM}, "place.item_id"),
        ({"itemId": ITEM, "floorLevel": "x"}, "place.floorLevel"),
        ({"itemId": 7}, "place.itemId"),
    ],
)
def test_a_struct_within_the_arguments_is_checked_like_them(place: dict[str, Any], field: str) -> None:
    assert refused(with_ids, itemId=ITEM, place=place).metadata["field"] == field


def test_ids_in_two_members_of_a_union_are_a_mistake() -> None:
    def vague(ctx: QueryCtx, thing: ItemId | list[ItemId]) -> None: ...

    with pytest.raises(TypeError, match="at most one member"):
        Signature(vague)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["itemId", "maybe", "many", "named", "place", "places", "x"]), json_values))
def test_any_arguments_are_taken_or_refused_and_never_a_surprise(arguments: dict[str, Any]) -> None:
    with suppress(Invalid):
        call(with_ids, **arguments)


LIFELIKE = st.fixed_dictionaries(
    {
        "meetingId": st.sampled_from([encode_id(table_named("meetings").number, bytes(16)), "nonsense", 5]),
        "sessionId": st.text(max_size=5) | st.integers(),
        "candidate": st.fixed_dictionaries(
            {"candidate": st.text(max_size=5)},
            optional={
                "sdpMLineIndex": st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False),
                "sdpMid": st.none() | st.text(max_size=3) | st.just({"$bytes": ""}),
                "$extra": st.just(1),
            },
        ),
    },
    optional={"targetUserId": st.none() | st.just({"$integer": "AAAAAAAAAAA="}), "unknown": st.just(1)},
)


@given(LIFELIKE, st.booleans())
def test_the_quick_reading_finds_the_same_as_the_thorough_one(arguments: dict[str, object], in_list: bool) -> None:
    signature = Signature(exchange_ice_candidate.handler)
    text = msgspec.json.encode([arguments] if in_list else arguments)

    def closely() -> object:
        try:
            return signature.convert(decode_arguments(text, "f", len(text)))
        except (Invalid, RequestError) as error:
            return type(error)

    try:
        at_once: object = signature.read(text)
    except Invalid as error:
        at_once = type(error)
    assert at_once is None or repr(at_once) == repr(closely())


def test_ordinary_arguments_are_read_at_once() -> None:
    meeting, user = (encode_id(table_named(name).number, bytes(16)) for name in ("meetings", "users"))
    candidate = {"candidate": "candidate:1", "sdpMLineIndex": 0, "sdpMid": None}
    arguments = {"meetingId": meeting, "sessionId": "s", "candidate": candidate, "targetUserId": user}
    found = Signature(exchange_ice_candidate.handler).read(msgspec.json.encode([arguments]))
    assert found and found["candidate"] == IceCandidate(candidate="candidate:1", sdp_m_line_index=0)


@pytest.mark.parametrize("text", [b"[]", b"[{},{}]", b"{", b"\xff", b"null", b'{"a":' * 2000])
def test_text_that_is_no_call_is_left_to_the_close_look(text: bytes) -> None:
    assert Signature(exchange_ice_candidate.handler).read(text) is None
