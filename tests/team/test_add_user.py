"""What deploy/add_user.py leaves where the server refuses half-way; a server of a team is in test_team.py."""

import importlib.util
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS

from tests.team.servers import DEPLOY

pytestmark = [
    pytest.mark.skipif(not find_spec("flask_wtf"), reason="needs `make team`"),
    pytest.mark.filterwarnings("ignore:starlette"),  # MLflow 3.17, on importing its own server
]


@dataclass
class Server:
    """Stands in for a client. refused: the request that fails once."""

    refused: str = ""
    users: dict[str, set[int]] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)
    granted: list[tuple[str, str]] = field(default_factory=list)

    def _meet(self, request: str) -> None:
        if request == self.refused:
            self.refused = ""
            raise MlflowException("the disk is full")

    def create_user(self, name: str, _: str) -> None:
        if name in self.users:
            raise MlflowException(f"User ({name}) exists. Error: [SQL: hash]", RESOURCE_ALREADY_EXISTS)
        self.users[name] = set()

    def list_roles(self, _: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(id=number, name=name) for number, name in enumerate(self.roles)]

    def create_role(self, _: str, name: str) -> SimpleNamespace:
        self.roles.append(name)
        return self.list_roles("")[-1]

    def list_role_permissions(self, _: int) -> list[SimpleNamespace]:
        return [SimpleNamespace(resource_type=kind, permission=permission) for kind, permission in self.granted]

    def add_role_permission(self, _: int, kind: str, pattern: str, permission: str) -> None:
        self._meet(kind)
        assert pattern == "*"
        self.granted.append((kind, permission))

    def list_user_roles(self, name: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(id=number) for number in self.users[name]]

    def assign_role(self, name: str, role: int) -> None:
        self._meet("assign")
        self.users[name].add(role)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("add_user", DEPLOY / "add_user.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setattr(sys, "argv", ["add_user.py", "alice", "--publish"])
    return module


@pytest.mark.parametrize("refused", ["registered_model", "assign"])
def test_password_is_said_and_the_next_call_completes_the_user(
    program: ModuleType, refused: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Server(refused)
    monkeypatch.setattr(program, "get_app_client", lambda *_: server)
    assert program.main() == 1
    out, err = capsys.readouterr()
    assert len(out.strip()) >= 12
    assert err == "error: the disk is full\n"

    assert program.main() == 0
    assert capsys.readouterr() == ("", "")
    assert server.users == {"alice": {0}}
    assert server.granted == [("experiment", "MANAGE"), ("registered_model", "MANAGE")]
    assert program.main() == 0


def test_a_name_that_is_taken_is_one_line(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "get_app_client", lambda *_: Server(users={"alice": set()}))
    monkeypatch.setattr(sys, "argv", ["add_user.py", "alice"])
    assert program.main() == 1
    assert capsys.readouterr() == ("", "error: User (alice) exists.\n")


def test_without_an_address_one_line_names_the_variable(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert program.main() == 2
    assert capsys.readouterr() == ("", "error: MLFLOW_TRACKING_URI is not set; set it to the server's address\n")
