"""Store digests of erased users, so that the tokens they had are refused."""

from typing import NewType

from connvo.store.schema import Document, table

ErasedSubjectId = NewType("ErasedSubjectId", str)


@table(
    "erasedSubjects",
    10061,
    id_type=ErasedSubjectId,
    indexes={"by_digest": ("digest",), "by_expiry": ("expires_at",)},
    retention="until every token issued before the erasure has expired, at most 367 days",
)
class ErasedSubject(Document, frozen=True, kw_only=True):
    """A subject whose tokens issued up to `erased_at` cannot create an account; times in ms.

    The row contains no personal data: `digest` is keyed with `key`, a random number in hexadecimal that all rows share.
    """

    id: ErasedSubjectId = ErasedSubjectId("")
    key: str
    digest: str
    erased_at: float
    expires_at: float
