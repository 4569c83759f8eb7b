"""Draw pictures of parts, good ones and defective ones, in MVTec's folders: `python make_images.py FOLDER`.

A part is a round plate with a hub and six bolts, seen from above. Every picture differs in position, rotation, shade,
light and noise. Defects are scratches, dents and stains, each with a mask of its pixels.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]
SIDE, BOLTS = 96, 6
# Of defective pictures, by how much the strongest pixel changes; weaker changes are not in the mask.
MASKED = 0.25
# Folder -> pictures, and how many, before --scale.
COUNTS = {"train/good": 300, "test/good": 80, "test/scratch": 30, "test/dent": 30, "test/stain": 30}


def disc(row: float, column: float, radius: float) -> Floats:
    """How much of each pixel a disc covers (SIDE, SIDE), its edge one pixel wide."""
    rows, columns = np.indices((SIDE, SIDE))
    return np.asarray(np.clip(radius - np.hypot(rows - row, columns - column) + 0.5, 0, 1))


def paint(picture: Floats, cover: Floats, colour: Floats) -> None:
    """Put a colour (3,) on a picture (SIDE, SIDE, 3) where `cover` (SIDE, SIDE) says."""
    picture += cover[..., None] * (colour - picture)


def part(random: np.random.Generator) -> tuple[Floats, Floats]:
    """A picture (SIDE, SIDE, 3) of a good part in [0, 1], and which pixels show the plate (SIDE, SIDE)."""
    middle = SIDE / 2 + random.uniform(-2, 2, 2)
    light = random.uniform(0.9, 1.1)
    picture = np.full((SIDE, SIDE, 3), 0.16) + random.uniform(-0.02, 0.02)
    plate = disc(middle[0], middle[1], 38)
    paint(picture, plate, light * np.array([0.42, 0.52, 0.66]) + random.uniform(-0.02, 0.02, 3))
    rows, _ = np.indices((SIDE, SIDE))
    picture += 0.08 * plate[..., None] * (0.5 - rows / SIDE)[..., None]  # lit from above
    paint(picture, disc(middle[0], middle[1], 15), light * np.array([0.74, 0.76, 0.78]))
    paint(picture, disc(middle[0], middle[1], 6), np.full(3, 0.1))
    turn = np.radians(random.uniform(-4, 4))
    for angle in turn + np.arange(BOLTS) * 2 * np.pi / BOLTS:
        row, column = middle[0] + 27 * np.sin(angle), middle[1] + 27 * np.cos(angle)
        paint(picture, disc(row, column, 4), light * np.array([0.8, 0.66, 0.34]))
        paint(picture, disc(row, column, 1.5), np.full(3, 0.25))
    return picture, plate


def place(random: np.random.Generator, plate: Floats) -> tuple[float, float]:
    """Row and column of a defect, on the plate and not at its edge."""
    inside = np.argwhere(plate == 1)
    row, column = inside[random.integers(len(inside))]
    middle = (SIDE - 1) / 2
    return middle + 0.8 * (row - middle), middle + 0.8 * (column - middle)


def scratch(random: np.random.Generator, picture: Floats, plate: Floats) -> Floats:
    """A bright line, 15 to 35 pixels long; returns how much of it lies on each pixel."""
    row, column = place(random, plate)
    rows, columns = np.indices((SIDE, SIDE))
    angle, half = random.uniform(0, np.pi), random.uniform(8, 18)
    along = (rows - row) * np.sin(angle) + (columns - column) * np.cos(angle)
    across = (rows - row) * np.cos(angle) - (columns - column) * np.sin(angle)
    width = random.uniform(0.8, 1.4)
    cover = np.clip(width - abs(across + 0.01 * along**2) + 0.5, 0, 1) * (abs(along) <= half) * plate
    paint(picture, random.uniform(0.6, 1) * cover, np.array([0.92, 0.93, 0.95]))
    return np.asarray(cover)


def dent(random: np.random.Generator, picture: Floats, plate: Floats) -> Floats:
    """A hollow, dark above and bright below; returns how deep it is at each pixel."""
    row, column = place(random, plate)
    rows, columns = np.indices((SIDE, SIDE))
    size = random.uniform(3.5, 6)
    cover = np.exp(-0.5 * ((rows - row) ** 2 + (columns - column) ** 2) / size**2) * plate
    picture += (random.uniform(0.18, 0.32) * cover * np.clip((rows - row) / size, -1, 1))[..., None]
    return np.asarray(cover)


def stain(random: np.random.Generator, picture: Floats, plate: Floats) -> Floats:
    """A few brown blots that run into each other; returns how strong they are at each pixel."""
    row, column = place(random, plate)
    rows, columns = np.indices((SIDE, SIDE))
    cover = np.zeros((SIDE, SIDE))
    for _ in range(4):
        y, x = row + random.normal(0, 4), column + random.normal(0, 4)
        blot = np.exp(-0.5 * ((rows - y) ** 2 + (columns - x) ** 2) / random.uniform(2, 4.5) ** 2)
        cover = np.maximum(cover, blot)
    cover *= plate
    paint(picture, random.uniform(0.45, 0.8) * cover, np.array([0.36, 0.22, 0.1]))
    return cover


DEFECTS: dict[str, Callable[[np.random.Generator, Floats, Floats], Floats]] = {
    "scratch": scratch,
    "dent": dent,
    "stain": stain,
}


def write(folder: Path, scale: float, seed: int) -> None:
    """Write all pictures, and masks below ground_truth/; the same seed gives the same files.

    Raises:
        SystemExit: the folder has files already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SystemExit(f"{folder}: not an empty folder; remove it, or name another")
    random = np.random.default_rng(seed)
    for name, count in COUNTS.items():
        split, kind = name.split("/")
        (folder / name).mkdir(parents=True, exist_ok=True)
        masks = folder / "ground_truth" / kind
        for number in range(max(1, round(scale * count))):
            picture, plate = part(random)
            if kind in DEFECTS:
                cover = DEFECTS[kind](random, picture, plate)
                masks.mkdir(parents=True, exist_ok=True)
                mask = Image.fromarray((255 * (cover >= MASKED)).astype(np.uint8))
                mask.save(masks / f"{number:03}_mask.png")
            noisy = picture + random.normal(0, 0.015, picture.shape)
            pixels = (255 * noisy.clip(0, 1)).round().astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number:03}.png")
        print(f"{split}/{kind}: {max(1, round(scale * count))} pictures")


def main() -> None:
    """Read the command line and write the pictures."""
    parser = argparse.ArgumentParser(description="Draw pictures of parts in MVTec's folders.")
    parser.add_argument("folder", type=Path, help="where to put train/, test/ and ground_truth/")
    parser.add_argument("--scale", type=float, default=1.0, help="how many pictures, as a multiple of the usual number")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.scale, arguments.seed)


if __name__ == "__main__":
    main()
