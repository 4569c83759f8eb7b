import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from hourglass.core import registry
from hourglass.core.errors import SettingsError


class Base:
    """What the files of the folder extend."""


ONE = "class One(Base): pass"
FILES = {
    "one": ONE,
    "both": ONE + "\nclass Two(Base): pass",
    "neither": "class Other: pass",
    "_private": ONE,
    "imported": "",  # a subclass that it does not define itself
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder `kinds` of the package."""
    (tmp_path / "kinds").mkdir()
    monkeypatch.setattr(registry, "PACKAGE", tmp_path)
    for name, text in FILES.items():
        (tmp_path / "kinds" / f"{name}.py").write_text(text)
        module = ModuleType(f"hourglass.kinds.{name}")
        vars(module).update(Base=Base)
        exec(text, vars(module))  # noqa: S102 (written above)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    vars(sys.modules["hourglass.kinds.imported"])["One"] = vars(sys.modules["hourglass.kinds.one"])["One"]


def test_names_are_the_public_files_in_order() -> None:
    assert registry.names("kinds") == ["both", "imported", "neither", "one"]


def test_the_one_subclass_is_found() -> None:
    assert registry.find("kinds", "one", Base, "x").__qualname__ == "One"


@pytest.mark.parametrize(("name", "count"), [("both", 2), ("neither", 0), ("imported", 0)])
def test_a_file_must_define_exactly_one_subclass(name: str, count: int) -> None:
    message = f"kinds/{name}.py defines {count} subclasses of Base; it must define one"
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}$"):
        registry.find("kinds", name, Base, "x")


@pytest.mark.parametrize("name", ["on", "_private", "../kinds/one"])
def test_an_unknown_name_is_refused_with_its_place(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"^params.yaml: a.b: {re.escape(repr(name))} is not a file in kinds/; "):
        registry.find("kinds", name, Base, "a.b")
