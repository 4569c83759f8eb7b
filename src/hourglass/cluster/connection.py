"""The connection to a Ray cluster. Ray is an extra, `hourglass[ray]`, which is imported only when it is asked for."""

import os
import secrets
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.machine import cores

# A cluster of this machine alone, that ends with the command.
LOCAL = "local"
# The cluster that `ray start` made this machine a node of.
AUTO = "auto"
SECONDS_TO_ANSWER = 5
# How often a task starts again after its node was lost, and after it was ended for lack of memory.
RETRIES = 3
ENVIRONMENT = {
    # No telemetry, and results in our own lines.
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AIR_NEW_OUTPUT": "0",
    # Else a stage that no node has the memory for would start again without end.
    "RAY_task_oom_retries": str(RETRIES),
}
# A cluster of this machine alone listens on loopback. The variable's name is Ray's.
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
# Where another server answers, Ray would try 20 times, a minute each.
ONE_ATTEMPT = {"RAY_NUM_REDIS_GET_RETRIES": "1"}


@contextmanager
def connected(address: str, **options: Any) -> Iterator[None]:
    """Be connected to the cluster at `address` meanwhile.

    Args:
        address: HOST:PORT of the head node, `auto` or `local`.
        options: of `ray.init`.

    Raises:
        HourglassError: as `require` does; or the cluster runs another version of Ray or Python.
    """
    require(address)
    os.environ.update(ENVIRONMENT | (LOOPBACK | _own_token() if address == LOCAL else ONE_ATTEMPT))
    import ray

    if address == LOCAL:
        options |= {"num_cpus": cores(), "include_dashboard": False}
    terminate = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address, log_to_driver=False, logging_level="ERROR", **options)
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        fix = "start one with `ray start --head`" if address == AUTO else "see docs/cluster.md, Start a cluster"
        raise HourglassError(f"no Ray cluster can be used at {address} ({reason}); {fix}") from error
    signal.signal(signal.SIGTERM, terminate)  # Ray has put its own there, which exits without a word
    try:
        yield
    finally:
        ray.shutdown()


def _own_token() -> dict[str, str]:
    """A token for a cluster that ends with this process. Ray would keep one in ~/.ray, for all later clusters too."""
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex()}


def require(address: str) -> None:
    """Return if Ray is installed, and somebody answers at `address`.

    Raises:
        SettingsError: `address` is malformed.
        HourglassError: Ray is not installed, or nobody answers.
    """
    named = address not in (LOCAL, AUTO)
    host, _, port = address.rpartition(":")
    if named and not (host and port.isdecimal()):
        raise SettingsError(f"--ray: expected HOST:PORT, {AUTO} or {LOCAL}, got {address!r}")
    if not find_spec("ray"):
        raise HourglassError("Ray is not installed; run `make ray`, which adds the extra hourglass[ray]")
    if named:
        _require_answer(address, host, port)


def _require_answer(address: str, host: str, port: str) -> None:
    """Ray itself tries for a minute before it says that nobody is there."""
    try:
        socket.create_connection((host, int(port)), timeout=SECONDS_TO_ANSWER).close()
    except (OSError, OverflowError) as error:
        raise HourglassError(f"no Ray cluster answers at {address} ({error}); start one with `ray start`") from error
