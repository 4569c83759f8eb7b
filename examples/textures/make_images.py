"""Cut tiles of real textures, whole ones and defective ones, in MVTec's folders: `python make_images.py FOLDER`.

The photographs of brick, grass and gravel come with scikit-image (CC0). Tiles of brick are normal. Training,
validation and test tiles are from separate rows of the photograph, so no pixel is in two of them. Anomalies are tiles
of grass and gravel, and tiles of brick with a drawn scratch, dent or stain, each with a mask of its pixels.
"""

import argparse
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]
SIDE = 64
# Columns of the photograph, 512 pixels wide, in which a tile may begin.
COLUMNS = 512 - SIDE + 1
NORMAL, OTHERS = "brick", ("grass", "gravel")
# Split -> rows of the photograph [first, end). Bricks are larger further down, so training has rows on both sides.
ROWS: dict[str, Sequence[tuple[int, int]]] = {
    "train": ((0, 192), (368, 512)),
    "validation": ((192, 272),),
    "test": ((272, 368),),
}
# Split -> normal tiles, and tiles of each kind of anomaly, before --scale.
COUNTS = {"train": (1200, 0), "validation": (150, 30), "test": (200, 50)}
# A pixel belongs to a defect where at least this share of the defect's strength is on it.
MASKED = 0.25


def photograph(name: str) -> Floats:
    """A grey photograph of scikit-image (512, 512) in [0, 1]."""
    found = find_spec("skimage")
    if found is None or found.origin is None:
        raise SystemExit("the photographs come with scikit-image, which is not installed; run `make setup`")
    with Image.open(Path(found.origin).parent / "data" / f"{name}.png") as image:
        return np.asarray(image.convert("L")) / 255


def tops(split: str) -> list[int]:
    """The rows of the photograph in which a tile of this split may begin."""
    return [row for first, end in ROWS[split] for row in range(first, end - SIDE + 1)]


def largest_scale() -> float:
    """The largest --scale, to one decimal, for which each split has enough different tiles."""
    most = min(len(tops(split)) * COLUMNS / max(counts) for split, counts in COUNTS.items())
    return int(10 * most) / 10


def tiles(picture: Floats, split: str, count: int, random: np.random.Generator) -> list[Floats]:
    """`count` different tiles (SIDE, SIDE) from random places of the split's rows."""
    begins = tops(split)
    chosen = [divmod(place, COLUMNS) for place in random.choice(len(begins) * COLUMNS, count, replace=False).tolist()]
    chosen = [(begins[top], column) for top, column in chosen]
    return [picture[row : row + SIDE, column : column + SIDE].copy() for row, column in chosen]


def offsets(random: np.random.Generator) -> tuple[Floats, Floats]:
    """Rows and columns of the pixels (SIDE, SIDE), from a random place that is not at the edge."""
    rows, columns = np.indices((SIDE, SIDE)).astype(float)
    return rows - random.uniform(10, SIDE - 10), columns - random.uniform(10, SIDE - 10)


def scratch(random: np.random.Generator, tile: Floats) -> Floats:
    """A bent line, bright or dark, 16 to 40 pixels long; returns how much of it lies on each pixel."""
    rows, columns = offsets(random)
    angle, half, width = random.uniform(0, np.pi), random.uniform(8, 20), random.uniform(0.6, 1.3)
    along, across = rows * np.sin(angle) + columns * np.cos(angle), rows * np.cos(angle) - columns * np.sin(angle)
    bent = across + random.uniform(-0.01, 0.01) * along**2
    cover = np.clip(width - abs(bent) + 0.5, 0, 1) * (abs(along) <= half)
    tile += random.choice([-1, 1]) * random.uniform(0.2, 0.4) * cover
    return np.asarray(cover)


def dent(random: np.random.Generator, tile: Floats) -> Floats:
    """A hollow, bright on one side and dark on the opposite one; returns how deep it is at each pixel."""
    rows, columns = offsets(random)
    size, bright = random.uniform(3, 6), random.uniform(0, 2 * np.pi)
    cover = np.exp(-0.5 * (rows**2 + columns**2) / size**2)
    slope = (rows * np.sin(bright) + columns * np.cos(bright)) / size
    tile += random.uniform(0.2, 0.4) * cover * np.clip(slope, -1, 1)
    return np.asarray(cover)


def stain(random: np.random.Generator, tile: Floats) -> Floats:
    """A few dark or bright blots that run into each other; returns how strong they are at each pixel."""
    rows, columns = offsets(random)
    cover = np.zeros((SIDE, SIDE))
    for _ in range(4):
        row, column, size = random.normal(0, 4), random.normal(0, 4), random.uniform(2, 4.5)
        cover = np.maximum(cover, np.exp(-0.5 * ((rows - row) ** 2 + (columns - column) ** 2) / size**2))
    tile += random.uniform(0.4, 0.7) * cover * (random.choice([0.1, 0.85]) - tile)
    return cover


DEFECTS: dict[str, Callable[[np.random.Generator, Floats], Floats]] = {
    "scratch": scratch,
    "dent": dent,
    "stain": stain,
}


def save(tile: Floats, path: Path) -> None:
    """Write values in [0, 1] as a grey image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((255 * tile.clip(0, 1)).round().astype(np.uint8)).save(path)


def write(folder: Path, scale: float, seed: int) -> None:
    """Write all tiles, and masks below ground_truth/; the same seed gives the same files.

    Raises:
        SystemExit: the folder has files already, or the photographs have too few different tiles.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SystemExit(f"{folder}: not an empty folder; remove it, or name another")
    if not scale <= largest_scale():
        raise SystemExit(f"--scale {scale:g}: the photographs have tiles for at most {largest_scale()}")
    random = np.random.default_rng(seed)
    pictures = {name: photograph(name) for name in (NORMAL, *OTHERS)}
    for split, counts in COUNTS.items():
        normal, anomalous = (max(2, round(scale * count)) if count else 0 for count in counts)
        kinds = {"good": normal, **dict.fromkeys((*DEFECTS, *OTHERS), anomalous)}
        for kind, count in kinds.items():
            picture = pictures[kind if kind in OTHERS else NORMAL]
            for number, tile in enumerate(tiles(picture, split, count, random)):
                name = f"{split}_{number:04}"
                if kind in DEFECTS:
                    cover = DEFECTS[kind](random, tile)
                    save(np.where(cover >= MASKED, 1.0, 0.0), folder / "ground_truth" / kind / f"{name}_mask.png")
                save(tile, folder / split / kind / f"{name}.png")
        print(f"{split}: {normal} normal tiles, {anomalous} of each kind of anomaly")


def main() -> None:
    """Read the command line and write the tiles."""
    parser = argparse.ArgumentParser(description="Cut tiles of real textures in MVTec's folders.")
    parser.add_argument("folder", type=Path, help="where to put train/, validation/, test/ and ground_truth/")
    parser.add_argument("--scale", type=float, default=1.0, help="how many tiles, as a multiple of the usual number")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.scale, arguments.seed)


if __name__ == "__main__":
    main()
