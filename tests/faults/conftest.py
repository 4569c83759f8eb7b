"""The small repository of the tests of stages, to damage."""

from tests.stages.conftest import repository, splits

__all__ = ["repository", "splits"]
