"""Fixtures of the tests about vectors and search."""

from tests.support.embedding_fixtures import each_library as each_library
from tests.support.embedding_fixtures import library as library
