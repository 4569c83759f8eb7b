"""Stands in for hourglass/core/stage.py: every output is a digest of what dvc.yaml says the stage depends on.

So the whole pipeline runs in seconds, and what reruns depends on dvc.yaml alone, which the rerun table is about.
A stage's outputs change exactly when a declared dependency does, except for the line NO_EFFECT: an edit that reruns a
stage and changes nothing that it writes. reports/acceptance.json also has a failed criterion. SLEEPING_STAGE names a
stage that never ends, and leaves a file with its process's number.
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

NO_EFFECT = b"\n# no effect\n"
CRITERION = {"name": "floor", "variant": "pca", "metric": "detect.roc_auc", "bound": "min", "threshold": 0.85}
# What other parts of the project read.
CONTENT = {
    "reports/acceptance.json": {"passed": False, "criteria": [{**CRITERION, "value": 0.8, "passed": False}]},
}


def digest(path: Path) -> bytes:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    kept = [file for file in files if file.is_file() and "__pycache__" not in file.parts]
    return hashlib.sha256(b"".join(file.read_bytes().replace(NO_EFFECT, b"") for file in kept)).digest()


def main(name: str, key: str = "") -> None:
    if name == os.environ.get("SLEEPING_STAGE"):
        Path(f"{os.getpid()}.pid").touch()
        time.sleep(600)
    yaml = YAML(typ="safe")
    params = yaml.load(Path("params.yaml").read_text())
    content = yaml.load(Path("dvc.yaml").read_text())["stages"][name]
    body = content.get("do", content)
    entries = {"sweep": params["sweep"]["variants"], "experiment": params["experiments"]}
    over = entries.get(name, params["variants"])
    module = over[key]["module"] if key else ""

    def fill(entries: list[Any]) -> list[str]:
        names = [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]
        return [text.replace("${key}", key).replace("${item.module}", module) for text in names]

    parts = [digest(Path(dep)) for dep in fill(body["deps"])]
    for path in fill(body.get("params", [])):
        value: Any = params
        for step in path.split("."):
            value = value[step]
        parts.append(repr(value).encode())
    result = hashlib.sha256(name.encode() + key.encode() + b"".join(parts)).hexdigest()
    for out in fill([entry for part in ("outs", "metrics", "plots") for entry in body.get(part, [])]):
        file = Path(out) if Path(out).suffix else Path(out) / "content"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"digest": result} | CONTENT.get(out, {})) + "\n")


main(*sys.argv[1:])
