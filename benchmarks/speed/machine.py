"""What the machine can do: the measure that networks are held against."""

import statistics
import time

import torch

SIDE = 1024
REPEATS = 15


def matmul_rate() -> float:
    """Floating-point operations a second in a float32 matrix product, with the threads that torch has now.

    The median over repeats, since a busy neighbour slows down some of them; an unmeasured first one wakes the threads.
    """
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.rand(SIDE, SIDE, generator=generator) for _ in range(2))
    product = left @ right
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        torch.mm(left, right, out=product)
        seconds.append(time.perf_counter() - started)
    return 2 * SIDE**3 / statistics.median(seconds)
