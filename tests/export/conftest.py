"""The published repository of the tests of tracking."""

from tests.serving.conftest import *  # noqa: F403
