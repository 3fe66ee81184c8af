"""An operator is an identity that the server's settings or its own issuer made one; no account is needed."""

from typing import Any

import pytest
from pydantic import ValidationError

from connvo.kernel.errors import Forbidden, FunctionError, Unauthorized
from connvo.model.access import require_operator
from connvo.runtime.context import QueryCtx
from connvo.schema.users import UserId
from connvo.settings import IdentitySettings
from tests.support.backend import Backend, Caller
from tests.support.people import claiming


def asked(caller: Caller) -> UserId | None | type[FunctionError]:
    """Return the id of the operator's account, None without one, or the kind of refusal."""
    backend = caller.backend

    def ask(db: Any) -> UserId | None | type[FunctionError]:
        try:
            found = require_operator(QueryCtx(db, caller.identity, backend.now_ms, backend.settings))
        except FunctionError as refused:
            return type(refused)
        return None if found is None else found.id

    return backend.read(ask)


def test_others_are_refused(backend: Backend) -> None:
    assert asked(backend.anonymous) is Unauthorized
    assert asked(backend.sign_in("alice")) is Forbidden
    assert asked(backend.sign_in("ada", org_id="acme", org_role="admin")) is Forbidden
    assert asked(backend.sign_in("olga", org_role="operator", provision=False)) is Forbidden


def test_an_operator_needs_no_account(backend: Backend) -> None:
    assert asked(backend.sign_in("ops", operator=True, provision=False)) is None
    known = backend.sign_in("ops", operator=True)
    assert asked(known) == known.user_id


def test_an_operator_with_a_deactivated_account_is_refused(backend: Backend) -> None:
    operator = backend.sign_in("ops", operator=True)
    operator.call("users/mutations:deactivateUser", userId=operator.user_id)
    assert asked(operator) is Forbidden


def test_an_operator_whose_sign_in_was_ended_is_refused(backend: Backend) -> None:
    operator = claiming(backend.sign_in("ops", operator=True), session="a" * 32)
    assert asked(operator) == operator.user_id
    operator.call("users/sessions:endSession")
    assert asked(operator) is Unauthorized


@pytest.mark.parametrize("named", ["alice", "|alice", "https://issuer.test|", "a|b,c"])
def test_a_setting_that_names_no_identity_is_refused(named: str) -> None:
    with pytest.raises(ValidationError, match=r"takes issuer\|subject"):
        IdentitySettings(operators=named)
