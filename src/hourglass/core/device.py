"""Where networks compute: the setting `device` of params.yaml as a device of PyTorch.

Initial weights and all random numbers are drawn on the CPU, and then moved: so they are the same on every device.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

from hourglass.core.errors import SettingsError

if TYPE_CHECKING:  # stages without a network should not wait for torch
    import torch

Device = Literal["cpu", "cuda", "mps", "auto"]

# cuBLAS asks for this setting where results have to repeat. PyTorch takes the size of its workspace from it, and some
# versions of PyTorch refuse deterministic work on a GPU without it.
ENVIRONMENT = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}


def find(setting: Device) -> torch.device:
    """The device that `setting` means: for `auto`, cuda where there is one, else mps, else the CPU.

    Raises:
        SettingsError: there is none of that kind, or PyTorch was installed without it.
    """
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    kind = next(name for name in available if available[name]) if setting == "auto" else setting
    if not available[kind]:
        there = ", ".join(name for name in available if available[name])
        raise SettingsError(f"params.yaml: device: {kind} is not available to PyTorch here; available: {there}")
    if kind != "cpu":
        require_repeatable()
        # TensorFloat-32 rounds to 10 bits: results would agree with the CPU's to three digits only.
        torch.backends.cudnn.conv.fp32_precision = "ieee"  # type: ignore[attr-defined]
    return torch.device(kind)


def require_repeatable() -> None:
    """From now on PyTorch uses algorithms that repeat their results only, and raises where it has none."""
    import torch

    # As use_deterministic_algorithms, but without importing PyTorch's compiler, which takes seconds per process.
    torch.set_deterministic_debug_mode("error")
    # Deterministic mode would also fill every new tensor, which costs time and only exposes bugs of PyTorch.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def used() -> str:
    """The device that this process computed on, and a GPU's name: `cpu`, `cuda (NVIDIA H200)`, `mps`."""
    torch = sys.modules.get("torch")
    if torch is None:
        return "cpu"
    if torch.cuda.is_initialized():
        return f"cuda ({torch.cuda.get_device_name()})"
    return "mps" if torch.backends.mps.is_available() and torch.mps.driver_allocated_memory() else "cpu"
