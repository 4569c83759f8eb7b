"""A cluster that is not there, and Ray that is not installed."""

import socket
import sys

import pytest

from hourglass.cluster.connection import require
from hourglass.core.errors import HourglassError, SettingsError
from tests.cluster.conftest import WITHOUT_RAY


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(
        HourglassError, match=r"^Ray is not installed; run `make ray`, which adds the extra hourglass\[ray\]$"
    ):
        require("auto")


@WITHOUT_RAY
def test_a_cluster_that_does_not_answer_is_named_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(HourglassError, match=rf"^no Ray cluster answers at 127\.0\.0\.1:{port} .*; start one with"):
        require(f"127.0.0.1:{port}")


@pytest.mark.parametrize("address", ["somewhere", ":6379", "host:port"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^--ray: expected HOST:PORT, auto or local, got "):
        require(address)
