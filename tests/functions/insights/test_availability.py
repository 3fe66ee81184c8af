"""How reports are made: with a model, whether it works; and nothing of its address, key or failures."""

from collections.abc import Callable

from connvo.model.ai.health import note_failure
from connvo.runtime.jobs.server_context import ServerContexts
from connvo.settings import AiSettings
from tests.support.backend import REGISTRY, Backend
from tests.support.insights import AVAILABILITY

SETTINGS = AiSettings(url="http://127.0.0.1:9/v1", model="model-1", key="sk-secret")


def test_a_model_and_whether_it_works_is_told_to_users_alone(make_backend: Callable[..., Backend]) -> None:
    backend = make_backend(ai=SETTINGS)
    ann = backend.sign_in("ann")
    backend.anonymous.fails(AVAILABILITY, "UNAUTHORIZED")
    found = ann.call(AVAILABILITY)
    assert (found["model"], found["state"]) == ("model-1", "works")
    contexts = ServerContexts(REGISTRY, backend.settings)
    backend.run(backend.engine.write(lambda db: note_failure(contexts.make(db, lambda: 0), "refused")))
    found = ann.call(AVAILABILITY)
    assert (found["state"], "excerpts" in found["works"]) == ("failing", True)
    assert "127.0.0.1" not in str(found) and "sk-secret" not in str(found)
