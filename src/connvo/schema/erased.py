"""People who were erased: as much as it takes to refuse the tokens they had then."""

from typing import NewType

from connvo.store.schema import Document, table

ErasedSubjectId = NewType("ErasedSubjectId", str)


@table(
    "erasedSubjects",
    10061,
    id_type=ErasedSubjectId,
    indexes={"by_digest": ("digest",), "by_expiry": ("expires_at",)},
    retention="until every token that was issued before has expired, at most 367 days",
)
class ErasedSubject(Document, frozen=True, kw_only=True):
    """A subject whose tokens issued up to `erased_at` make no account; it names nobody. Times in ms.

    `digest` is keyed with `key`, a random number in hexadecimal that all rows have in common.
    """

    id: ErasedSubjectId = ErasedSubjectId("")
    key: str
    digest: str
    erased_at: float
    expires_at: float
