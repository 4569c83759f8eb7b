"""Peak matmul throughput of the machine, which training is compared with."""

import statistics
import time

import torch

SIDE = 1024
REPEATS = 15


def matmul_rate() -> float:
    """Floating-point operations per second of a float32 matrix product, with the threads that torch has now.

    The median over repeats, since other users slow some of them down. A first product, not timed, wakes the threads.
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
