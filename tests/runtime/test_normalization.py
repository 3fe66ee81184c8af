"""Arguments that are the same to a function have one form, and others never the same."""

import base64
import struct
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.functions.embeddings.queries import vector_similarity_search
from connvo.kernel.errors import Invalid
from connvo.kernel.values import decode
from connvo.runtime.context import QueryCtx
from connvo.runtime.normalization import Clamped
from connvo.runtime.registry import Registry
from connvo.runtime.signature import Signature
from connvo.runtime.wire import Args, PaginationOptions

REGISTRY = Registry("connvo.functions")
# Bytes are written in two ways, so that these answers are shared by callers who write them alike.
OF_BYTES = [vector_similarity_search.handler]
LIMIT = Clamped(1, 100, default=50)
NAN = {"$float": base64.b64encode(struct.pack("<d", float("nan"))).decode()}


class Filter(Args, frozen=True, kw_only=True):
    """A struct among arguments."""

    most: Annotated[float, LIMIT]
    word: str | None = None


def listing(
    ctx: QueryCtx,
    limit: Annotated[float | None, LIMIT] = None,
    word: str | None = None,
    flag: bool = False,
    filter: Filter | None = None,
    pagination_opts: PaginationOptions | None = None,
) -> None:
    """Take values of every kind that has more than one form."""


SIGNATURE = Signature(listing)


def form(**arguments: Any) -> bytes:
    return SIGNATURE.canonical(msgspec.json.encode(arguments))


def seen(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return what the function sees of arguments."""
    text = msgspec.json.encode(arguments)
    return SIGNATURE.read(text) or SIGNATURE.convert(decode(msgspec.json.decode(text)))


def test_numbers_beyond_the_bounds_are_the_bound() -> None:
    assert len({form(limit=100 + number / 1000) for number in range(1000)}) == 1
    assert form(limit=10**18) == form(limit=1e300) == form(limit=100.0)
    assert form(limit=-5) == form(limit=0) == form(limit=1.9) == form(limit=1)
    assert len({form(limit=number) for number in range(1, 101)}) == 100


def test_a_missing_field_has_the_default() -> None:
    assert form() == form(limit=None) == form(limit=50) == form(limit=50.5, word=None, flag=False)
    assert form(filter={"most": 500}) == form(filter={"word": None, "most": 100})


def test_fields_that_no_function_looks_at_make_no_difference() -> None:
    page = {"numItems": 10, "cursor": None}
    assert form(paginationOpts=page) == form(paginationOpts={**page, "id": 7, "maximumRowsRead": 5})
    assert form(paginationOpts=page) != form(paginationOpts={**page, "endCursor": "x"})


@pytest.mark.parametrize("arguments", [{"limit": "x"}, {"limti": 1}, {"limit": NAN}, {"word": 5}])
def test_a_refused_document_stays_as_it_is(arguments: dict[str, Any]) -> None:
    text = msgspec.json.encode(arguments)
    assert SIGNATURE.canonical(text) == text


NUMBERS = st.none() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "limit": NUMBERS | st.integers(-2, 103) | st.floats(0, 102),
        "word": st.none() | st.text(max_size=3),
        "flag": st.booleans(),
        "filter": st.none()
        | st.fixed_dictionaries({"most": st.floats(-1, 102)}, optional={"word": st.text(max_size=2)}),
        "paginationOpts": st.fixed_dictionaries(
            {"numItems": st.floats(-1, 102), "cursor": st.none() | st.text(max_size=2)},
            optional={"id": NUMBERS, "endCursor": st.text(max_size=2)},
        ),
    },
)


@given(ARGUMENTS, ARGUMENTS)
def test_two_have_one_form_exactly_when_the_function_sees_the_same(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert (form(**one) == form(**two)) == (seen(one) == seen(two))
    assert SIGNATURE.canonical(form(**one)) == form(**one)
    assert SIGNATURE.read(form(**one)) == seen(one)


def test_every_public_query_reads_its_own_form() -> None:
    """So that the arguments of each are brought into one: none takes what can be written in more than one way."""
    for entry in REGISTRY.functions():
        if entry.kind == "query" and not entry.internal and entry.function.handler not in OF_BYTES:
            assert entry.signature._decode is not None, entry.path


def test_a_count_that_is_no_number_is_refused_by_the_function() -> None:
    assert LIMIT.whole(None, "limit") == 50
    assert LIMIT.whole(3.7, "limit") == 3
    for value in (float("nan"), float("inf")):
        with pytest.raises(Invalid, match="limit needs to be a number"):
            LIMIT.whole(value, "limit")
    with pytest.raises(Invalid):
        Clamped(1, 5).whole(None, "limit")
