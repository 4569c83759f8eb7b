"""The published repository of the tests of tracking."""

from tests.tracking.conftest import (
    database,
    empty_database,
    migrations_once,
    published,
    published_once,
    repository,
    template,
)

__all__ = [
    "database",
    "empty_database",
    "migrations_once",
    "published",
    "published_once",
    "repository",
    "template",
]
