"""The servers of a team on loopback, from the files in deploy/: PostgreSQL, MLflow, SSH. Their data are thrown away."""

import configparser
import getpass
import grp
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest
import remotes

DEPLOY = Path(__file__).parents[2] / "deploy"
# Debian keeps PostgreSQL's programs outside PATH.
FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
POSTGRES = shutil.which("postgres", path=os.pathsep.join([*map(str, reversed(FOUND)), os.environ.get("PATH", "")]))
MISSING = [
    name
    for name, present in {
        "Debian's postgresql": POSTGRES,
        "Debian's openssh-server": remotes.SERVER,
        "`make ssh`": find_spec("dvc_ssh"),
        "deploy/requirements.txt": find_spec("flask_wtf") and find_spec("psycopg"),
    }.items()
    if not present
]
SECRET, ADMINISTRATOR = "secret-of-this-test", "password-of-the-administrator"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def postgres() -> Iterator[str]:
    """The folder of the socket of a PostgreSQL server that has an empty database `mlflow`, owned by this user."""
    assert POSTGRES
    # It refuses to run as root; a socket's path has at most 107 characters.
    system = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.getuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    folder.chmod(0o755)
    if system:
        shutil.chown(folder, "postgres", "postgres")

    def run(program: str, *arguments: str) -> None:
        command = [*system, str(Path(POSTGRES).with_name(program)), *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    data, me = folder / "data", getpass.getuser()
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    try:
        run("initdb", "-D", str(data), "-A", "peer", "-U", "postgres" if system else me, "--no-sync")
        run("pg_ctl", "-D", str(data), "-w", "-t", "120", "-l", str(folder / "log"), "-o", options, "start")
        try:
            if system:
                run("createuser", "-h", str(folder), me)
            run("createdb", "-h", str(folder), "-O", me, "mlflow")
            yield str(folder)
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@dataclass
class Mlflow:
    """The server that deploy/mlflow.service starts with deploy/mlflow.env, on a free port."""

    folder: Path
    socket: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = shlex.split(_unit()["Service"]["ExecStart"])
        command[0] = str(Path(sys.executable).with_name("mlflow"))
        settings = self._settings()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=kept | settings, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(3000):  # it imports for minutes where others use the machine
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                urllib.request.urlopen(f"{self.address}/health", timeout=60)  # noqa: S310
                return
            except OSError:
                time.sleep(0.2)
        pytest.fail("MLflow does not answer")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(30)

    def user(self, name: str, password: str) -> dict[str, str]:
        """The environment of a user."""
        return {
            "MLFLOW_TRACKING_URI": self.address,
            "MLFLOW_TRACKING_USERNAME": name,
            "MLFLOW_TRACKING_PASSWORD": password,
        }

    def add(self, name: str, *options: str) -> dict[str, str]:
        """Add a user as the administrator does; returns the user's environment."""
        return self.user(name, self.add_user(name, *options))

    def add_user(self, name: str, *options: str) -> str:
        """What add_user.py prints for the administrator."""
        command = [sys.executable, "-W", "ignore", str(DEPLOY / "add_user.py"), name, *options]
        environment = os.environ | self.user("admin", ADMINISTRATOR)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _settings(self) -> dict[str, str]:
        """What deploy/mlflow.env says, with paths and passwords of this test."""
        lines = (DEPLOY / "mlflow.env").read_text().splitlines()
        settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        auth = (DEPLOY / "basic_auth.ini").read_text().replace("/run/postgresql", self.socket)
        (self.folder / "basic_auth.ini").write_text(auth)
        own = {
            "MLFLOW_BACKEND_STORE_URI": settings["MLFLOW_BACKEND_STORE_URI"].replace("/run/postgresql", self.socket),
            "MLFLOW_AUTH_CONFIG_PATH": str(self.folder / "basic_auth.ini"),
            "MLFLOW_ARTIFACTS_DESTINATION": str(self.folder / "artifacts"),
            "MLFLOW_PORT": str(self.port),
            "MLFLOW_SERVER_ALLOWED_HOSTS": f"127.0.0.1:{self.port},{settings['MLFLOW_SERVER_ALLOWED_HOSTS']}",
            "MLFLOW_AUTH_ADMIN_PASSWORD": ADMINISTRATOR,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": SECRET,
        }
        assert own.keys() <= settings.keys()
        return settings | own


@contextmanager
def mlflow(folder: Path) -> Iterator[Mlflow]:
    """An MLflow server on an empty PostgreSQL."""
    folder.mkdir()
    with postgres() as place:
        server = Mlflow(folder, place)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def ssh(folder: Path) -> Iterator[dict[str, str]]:
    """Options of a DVC remote in `folder`/store on an SSH server that has the settings of deploy/sshd.conf."""
    folder.mkdir()
    (folder / "store").mkdir(mode=0o770)
    group = grp.getgrgid(os.getgid()).gr_name
    deployed = (DEPLOY / "sshd.conf").read_text().replace("Match Group hourglass", f"Match Group {group}")
    with remotes.remote("ssh", folder, deployed) as options:
        yield options


def _unit() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "mlflow.service")
    return unit
