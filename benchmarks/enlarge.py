"""A dataset some times larger than Fashion-MNIST, in its own files: every image again and again, with noise.

    python -m benchmarks.enlarge data/raw 10 elsewhere/data/raw

The first copy is the dataset as it is; in every other one each pixel is up to NOISE levels of grey brighter or darker.
Images are written copy by copy, so that any size takes the same memory.
"""

import sys
from pathlib import Path

import numpy as np

from hourglass.core.stage import attempt
from hourglass.data.sources import IDX_FILES

NOISE = 8
# Images that are read and written at a time.
BLOCK = 1000


def enlarge(source: Path, times: int, target: Path) -> None:
    """Write the IDX files of folder `source` to folder `target`, `times` times as long, the same ones every time."""
    target.mkdir(parents=True)
    draws = np.random.default_rng(0)
    for name in IDX_FILES:
        with (source / name).open("rb") as original, (target / name).open("wb") as copies:
            kind = original.read(4)
            rank = kind[3]
            sizes = np.frombuffer(original.read(4 * rank), ">u4")
            header, length = original.tell(), int(np.prod(sizes[1:]))
            copies.write(kind + np.array([times * sizes[0], *sizes[1:]], ">u4").tobytes())
            for copy in range(times):
                original.seek(header)
                while block := original.read(BLOCK * length):
                    noisy = copy > 0 and rank > 1
                    copies.write(disturbed(block, draws) if noisy else block)


def disturbed(pixels: bytes, draws: np.random.Generator) -> bytes:
    """Pixels, each changed by up to NOISE."""
    grey = np.frombuffer(pixels, np.uint8)
    noise = draws.integers(-NOISE, NOISE, len(grey), np.int8, endpoint=True)
    return (grey.astype(np.int16) + noise).clip(0, 255).astype(np.uint8).tobytes()


if __name__ == "__main__":
    sys.exit(attempt(lambda: enlarge(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
