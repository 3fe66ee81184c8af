"""The weights of scores: learned versions, and the one in force. Beside the documented API."""

from connvo.kernel.errors import Invalid
from connvo.model.matching import weights
from connvo.model.matching.switch import require_matching_operator
from connvo.model.matching.views import FeatureView, weights_of
from connvo.rules.matching.scoring import Weights
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.runtime.wire import Result

PRIORITY: Priority = "low"


class WeightsVersion(Result, frozen=True, kw_only=True):
    """A version of the weights; 0 is that of the program. Times in milliseconds."""

    version: float
    weights: FeatureView
    in_force: bool
    sample_size: float
    improvement: float
    created_at: float | None = None
    applied_at: float | None = None


@mutation
def apply_weights(ctx: MutationCtx, version: float) -> None:
    """Put a version of the weights in force, 0 for those of the program. For operators; audited.

    Raises:
        Forbidden: The caller is not an operator.
        Invalid: The version is no whole number.
        NotFound: There is no such version.
    """
    operator = require_matching_operator(ctx)
    if not 0 <= version < float("inf") or version != int(version):
        raise Invalid("A version is a whole number", "version")
    weights.apply(ctx, int(version), None if operator is None else operator.id)


@query
def list_weights(ctx: QueryCtx) -> list[WeightsVersion]:
    """Return the newest versions of the weights, the newest first, and that of the program. For operators.

    Raises:
        Forbidden: The caller is not an operator.
    """
    require_matching_operator(ctx)
    found = [WeightsVersion.from_row(row, weights=weights_of(row.weights)) for row in weights.newest(ctx)]
    own = WeightsVersion(
        version=weights.PROGRAMS_VERSION,
        weights=weights_of(Weights()),
        in_force=weights.applied(ctx) is None,
        sample_size=0,
        improvement=0,
    )
    return [*found, own]
