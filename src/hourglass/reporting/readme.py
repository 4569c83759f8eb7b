"""The README shows the last run's results table and pictures; a test keeps the two equal."""

import re
import shutil
from pathlib import Path

from hourglass.core.errors import HourglassError
from hourglass.core.files import write_text

README = Path("README.md")
RESULTS = Path("reports/results.md")
PICTURES = ("reconstructions", "roc")
BLOCK = re.compile(r"(<!-- results -->\n).*?(<!-- /results -->)", re.DOTALL)


def update() -> None:
    """Put reports/results.md between the README's result marks, and the overview pictures into docs/images/.

    Raises:
        HourglassError: there is no report yet, or the README has lost its marks.
    """
    text = README.read_text(encoding="utf-8")
    figures = [Path(f"reports/figures/{name}.png") for name in PICTURES]
    for file in (RESULTS, *figures):
        if not file.exists():
            raise HourglassError(f"{file} is missing; run `dvc repro` first")
    if not BLOCK.search(text):
        raise HourglassError("README.md has no <!-- results --> ... <!-- /results --> block to fill")
    table = RESULTS.read_text(encoding="utf-8")
    write_text(README, BLOCK.sub(lambda marks: marks[1] + table + marks[2], text))
    images = Path("docs/images")
    images.mkdir(parents=True, exist_ok=True)
    for file in figures:
        shutil.copyfile(file, images / file.name)
