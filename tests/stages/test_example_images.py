"""The scripts that make the examples' images: what they refuse. Their images are tested with the stages."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
each_example = pytest.mark.parametrize("example", ["parts", "textures"])
Write = Callable[[Path, float, int], None]


def writer(example: str) -> Write:
    found: Write = runpy.run_path(str(EXAMPLES / example / "make_images.py"))["write"]
    return found


@each_example
def test_images_of_an_earlier_run_are_not_mixed(example: str, tmp_path: Path) -> None:
    """A folder with fewer images would keep those of before."""
    folder = tmp_path / "images"
    folder.mkdir()  # empty, as a user may have made it
    writer(example)(folder, 0.02, 1)
    before = sorted(folder.rglob("*"))
    with pytest.raises(SystemExit, match=r"images: not an empty folder; remove it, or name another$"):
        writer(example)(folder, 0.01, 1)
    assert sorted(folder.rglob("*")) == before


@each_example
def test_a_file_in_the_place_of_the_folder_is_refused(example: str, tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file")
    with pytest.raises(SystemExit, match="not an empty folder"):
        writer(example)(tmp_path / "images", 0.02, 1)


@pytest.mark.parametrize("scale", [60, 50.9, float("inf"), float("nan")])
def test_more_tiles_than_there_are_places_are_refused(scale: float, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=rf"^--scale {scale:g}: the photographs have tiles for at most 50\.8$"):
        writer("textures")(tmp_path / "images", scale, 1)
    assert not (tmp_path / "images").exists()


@each_example
def test_git_ignores_the_images(example: str) -> None:
    """Where its README puts them."""
    assert f"examples/{example}/images" in (EXAMPLES / example / "README.md").read_text()
    assert "images/" in (EXAMPLES / example / ".gitignore").read_text().splitlines()
