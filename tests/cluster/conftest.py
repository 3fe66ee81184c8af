"""A PostgreSQL server of these tests' own, which they may stop, and a database in it for each."""

import secrets
from collections.abc import Callable, Iterator
from itertools import count

import psycopg
import pytest

from tests.support.postgres import PostgresServer, serving


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A database server that runs at the beginning of each test."""
    with serving() as server:
        yield server


@pytest.fixture
def make_database(server: PostgresServer, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes empty databases; returns the address of each."""
    numbers = count()

    def make() -> str:
        name = f"cluster_{abs(hash(request.node.nodeid))}_{next(numbers)}_{secrets.token_hex(4)}"
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return server.url(name)

    return make


@pytest.fixture
def database(make_database: Callable[[], str]) -> str:
    """The address of an empty database."""
    return make_database()
