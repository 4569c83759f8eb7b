"""The README shows the last run's results table, the benchmark's, and pictures; a test keeps the tables equal."""

import re
import shutil
from pathlib import Path

from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_text
from hourglass.reporting import benchmark
from hourglass.reporting.results import BENCHMARK

README = Path("README.md")
RESULTS = Path("reports/results.md")
PICTURES = ("reconstructions", "roc", "contest")


def update() -> None:
    """Put the tables between the README's marks: reports/results.md, and the benchmark's where it was run.

    The overview pictures go into docs/images/.

    Raises:
        HourglassError: there is no report yet, or the README has lost its marks.
    """
    figures = [Path(f"reports/figures/{name}.png") for name in PICTURES]
    for file in (RESULTS, *figures):
        if not file.exists():
            raise HourglassError(f"{file} is missing; run `dvc repro` first")
    text = filled(README.read_text(encoding="utf-8"), "results", RESULTS.read_text(encoding="utf-8"))
    if BENCHMARK.exists():
        text = filled(text, "benchmark", benchmark.markdown(read_json(BENCHMARK)))
    write_text(README, text)
    images = Path("docs/images")
    images.mkdir(parents=True, exist_ok=True)
    for file in figures:
        shutil.copyfile(file, images / file.name)


def filled(text: str, name: str, table: str) -> str:
    """The text with `table` between its marks <!-- name --> and <!-- /name -->.

    Raises:
        HourglassError: there are no such marks.
    """
    block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not block.search(text):
        raise HourglassError(f"README.md has no <!-- {name} --> ... <!-- /{name} --> block to fill")
    return block.sub(lambda marks: marks[1] + table + marks[2], text)
