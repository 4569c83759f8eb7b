"""The machine that a process runs on."""

import os


def cores() -> int:
    """The cores this process may use, which a container may have limited."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
