"""Names in params.yaml never become commands, also under a plain `dvc repro`, which nothing of ours checks first."""

import re
from pathlib import Path

from repository import ROOT, run
from ruamel.yaml import YAML

STAGES = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]
# Stage -> names of what it is repeated for.
NAMES = {
    "train": ["pca; touch pwned; true", "a'; touch pwned; '", "$(touch pwned)"],
    "sweep": ["`touch pwned`", 'a" && touch pwned && "', "| touch pwned"],
}


def test_no_command_of_the_pipeline_holds_a_name() -> None:
    commands = [stage.get("do", stage)["cmd"] for stage in STAGES.values()]
    assert [command for command in commands if re.search(r"(?<!\\)\$\{", command)] == []


def test_a_name_that_is_a_command_is_not_run(tmp_path: Path) -> None:
    stages = {}
    for stage in NAMES:
        command = STAGES[stage]["do"]["cmd"].replace("PYTHONPATH=src", f"PYTHONPATH='{ROOT / 'src'}'")
        stages[stage] = {"foreach": STAGES[stage]["foreach"], "do": {"cmd": command, "params": ["seed"]}}
    pipeline = {"stages": stages}
    train, sweep = ({name: {"module": "pca"} for name in names} for names in NAMES.values())
    params = {"seed": 1, "threads": 1, "variants": train, "sweep": {"variants": sweep}}
    for name, content in {"dvc.yaml": pipeline, "params.yaml": params}.items():
        with (tmp_path / name).open("w") as file:
            YAML(typ="safe").dump(content, file)
    assert run(tmp_path, "dvc", "init", "-q", "--no-scm").returncode == 0
    done = run(tmp_path, "dvc", "repro", "--keep-going")
    assert done.returncode != 0
    assert done.stderr.count("is no name") + done.stdout.count("is no name") == 6, done.stderr
    assert not (tmp_path / "pwned").exists()
