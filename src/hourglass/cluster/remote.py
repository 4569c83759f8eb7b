"""The DVC remote, through which nodes exchange what stages write."""

import io
import subprocess
from collections.abc import Collection, Mapping

from configobj import ConfigObj  # type: ignore[import-untyped]  # DVC's own reader and writer of settings

from hourglass.core.errors import HourglassError
from hourglass.pipeline import dvc

ERROR = "ERROR: "
ADVICE = "finished stages stay finished: mend the remote, then run this again"


def options() -> dict[str, str]:
    """The name of the default remote (`core.remote`) and all that DVC's settings here say of it: key -> value.

    Raises:
        HourglassError: there is no default remote.
    """
    found = dict(line.partition("=")[::2] for line in dvc.ask("config", "--list").splitlines())
    name = found.get("core.remote")
    if not name:
        raise HourglassError(
            "nodes exchange results through a DVC remote, and there is no default one; run `dvc remote add --default "
            "NAME URL`"
        )
    return {key: value for key, value in found.items() if key == "core.remote" or key.startswith(f"remote.{name}.")}


def settings(options: Mapping[str, str]) -> str:
    """A file .dvc/config.local with the remote `options`, for a folder without git. DVC reads the same values there."""
    name = options["core.remote"]
    own = {key.rpartition(".")[2]: value for key, value in options.items() if key != "core.remote"}
    content = ConfigObj({"core": {"no_scm": "true", "remote": name}, f'remote "{name}"': own}, encoding="utf-8")
    file = io.BytesIO()
    content.write(file)  # it quotes what DVC would take for a comment or a list
    return file.getvalue().decode()


def push(stages: Collection[str]) -> None:
    """Send what `stages` wrote here and the remote does not have.

    Raises:
        HourglassError: the remote refused.
    """
    if stages:  # without a name DVC sends all there is
        _transfer("push", *sorted(stages))


def pull(stages: Collection[str]) -> None:
    """Fetch what `stages` wrote; it takes the place of what is here.

    Raises:
        HourglassError: the remote refused.
    """
    _transfer("pull", "--force", *sorted(stages))


def reason(log: str) -> str:
    """Why DVC failed, of what it printed: its first error."""
    errors = [line.removeprefix(ERROR) for line in log.splitlines() if line.startswith(ERROR)]
    return (errors or log.strip().splitlines() or ["no message"])[0].removeprefix("unexpected error - ")


def refusal(what: str, log: str) -> HourglassError:
    """The error that says why the remote did not do `what`."""
    return HourglassError(f"the DVC remote: {what} failed: {reason(log)}; {ADVICE}")


def _transfer(*arguments: str) -> None:
    command = [*dvc.PROGRAM, *arguments]  # with --quiet DVC would not say why it failed
    done = subprocess.run(command, env=dvc.environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise refusal(f"`dvc {arguments[0]}`", done.stderr)
