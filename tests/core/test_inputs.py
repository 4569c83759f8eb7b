import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hourglass.core import inputs, params
from hourglass.core.errors import SettingsError


@pytest.fixture
def stages(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Every stage of the repository, with its arguments; the repository is the working directory."""
    monkeypatch.chdir(root)
    found = params.content()
    over = {"${variants}": found["variants"], "${sweep.variants}": found["sweep"]["variants"]}
    over["${experiments}"] = found["experiments"]
    content = YAML(typ="safe").load(inputs.PIPELINE.read_text())["stages"]
    return [
        (name, key) if key else (name,)
        for name, stage in content.items()
        for key in (over[stage["foreach"]] if "foreach" in stage else [""])
    ]


def test_every_stage_has_its_dependencies_filled_in(stages: list[tuple[str, ...]]) -> None:
    assert len(stages) > 50
    for name, *arguments in stages:
        found = inputs.declared(name, arguments)
        assert Path("src/hourglass/core") in found.deps
        assert Path(f"src/hourglass/stages/{name}.py") in found.deps
        assert found.params
        assert "$" not in repr(found)
        assert "None" not in repr(found)


def test_a_variant_s_stage_names_its_module_and_outputs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    found = inputs.declared("train", ["undercomplete_2d"])
    assert Path("src/hourglass/variants/undercomplete.py") in found.deps
    assert "variants.undercomplete_2d" in found.params
    assert Path("models/undercomplete_2d/all.safetensors") in found.outs


def test_what_dvc_yaml_lacks_has_no_dependencies(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(root)
    assert inputs.declared("train", ["nobody"]) == inputs.declared("no_stage", []) == inputs.Declared()
    monkeypatch.chdir(tmp_path)
    assert inputs.declared("train", ["vae"]) == inputs.Declared()


@pytest.mark.parametrize("text", ["stages: {", "- stages", "\0"])
def test_a_damaged_pipeline_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    inputs.PIPELINE.write_text(text)
    with pytest.raises(SettingsError, match=r"^dvc\.yaml cannot be read: .+"):
        inputs.declared("train", ["vae"])


def test_a_dependency_that_is_missing_differs_from_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stage = inputs.Declared([Path("src/a.py")])
    missing = inputs.fingerprint(stage)
    Path("src").mkdir()
    Path("src/a.py").touch()
    assert missing != inputs.fingerprint(stage)


def test_fingerprints_need_neither_torch_nor_git(root: Path) -> None:
    code = "import sys; from hourglass.core import inputs; sys.exit(bool({'torch', 'numpy', 'dvc'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(root / "src"), "PATH": ""}, check=False)
    assert done.returncode == 0
