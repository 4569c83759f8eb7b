"""Write a data set some times larger than Fashion-MNIST, in its own file format: noisy copies of every image.

    python -m benchmarks.enlarge data/raw 10 elsewhere/data/raw

The first copy is the data set as it is. In every other copy each pixel is up to NOISE grey levels brighter or darker.
Images are written a block at a time, so memory does not grow with the size.
"""

import sys
from pathlib import Path

import numpy as np

from hourglass.core.stage import attempt
from hourglass.data.sources import IDX_FILES

NOISE = 8
# Images in memory at a time.
BLOCK = 1000


def enlarge(source: Path, times: int, target: Path) -> None:
    """Write the IDX files of folder `source` to folder `target`, `times` times as long; deterministic."""
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
                    copies.write(with_noise(block, draws) if noisy else block)


def with_noise(pixels: bytes, draws: np.random.Generator) -> bytes:
    """The pixels, each changed by up to NOISE grey levels."""
    grey = np.frombuffer(pixels, np.uint8)
    noise = draws.integers(-NOISE, NOISE, len(grey), np.int8, endpoint=True)
    return (grey.astype(np.int16) + noise).clip(0, 255).astype(np.uint8).tobytes()


if __name__ == "__main__":
    sys.exit(attempt(lambda: enlarge(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
