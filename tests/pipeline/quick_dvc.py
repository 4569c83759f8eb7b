"""DVC's command line with dvc.lock as JSON, which is YAML: `python quick_dvc.py repro`.

DVC reads and rewrites the whole of dvc.lock for each stage, by a YAML parser that keeps comments. With stub stages that
is four fifths of a rerun. What runs, and what the lock says, are the same.
"""

import json
import sys
from typing import Any

import ruamel.yaml


class QuickYAML(ruamel.yaml.YAML):
    """Writes JSON, and reads it as such."""

    def load(self, stream: Any) -> Any:
        try:
            return json.loads(stream)
        except (TypeError, ValueError):
            return super().load(stream)

    def dump(self, data: Any, stream: Any = None, **_: Any) -> None:
        json.dump(data, stream, indent=1)


if __name__ == "__main__":
    ruamel.yaml.YAML = QuickYAML  # type: ignore[misc]
    from dvc.cli import main

    sys.exit(main())
