"""Where a result comes from: what its last digits depend on beside code, data and settings."""

import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from hourglass.core import device

InstructionSet = Literal["native", "avx2", "sse"]

# What PyTorch, its two libraries for products and convolutions, NumPy's, and NumPy itself read when they are imported.
# NumPy 2.4 groups what it was compiled for: X86_V3 has AVX2, all others AVX-512.
# MKL keeps to AVX2 on Intel's processors only; MKL's COMPATIBLE is the same on all (docs/reproducibility.md).
ENVIRONMENT: Mapping[InstructionSet, Mapping[str, str]] = {
    "native": {},
    "avx2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_CBWR": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    },
    "sse": {
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "MKL_CBWR": "COMPATIBLE",
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    },
}

# Sets of vector instructions that libraries choose their code by, as the kernel names them.
VECTOR_INSTRUCTIONS = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve")
LIBRARIES = ("torch", "numpy", "scikit-learn", "scipy")


def limit_instructions(to: InstructionSet) -> None:
    """Keep numerical libraries that are imported later to one set of vector instructions.

    With `native` each library takes the fastest that the processor has, or what the environment says.
    """
    os.environ.update(ENVIRONMENT[to])


def origin(threads: int, instruction_set: InstructionSet) -> dict[str, object]:
    """Processor, vector instructions, libraries, threads and device of this process, to explain a result that differs.

    `limits` holds the variables of the environment that keep libraries from some instructions.
    """
    limiting = sorted({name for variables in ENVIRONMENT.values() for name in variables} | {"MKL_ENABLE_INSTRUCTIONS"})
    modules = {"scikit-learn": "sklearn"}
    return {
        "processor": _cpuinfo("model name") or platform.processor() or platform.machine(),
        "vector_instructions": [name for name in VECTOR_INSTRUCTIONS if name in _flags()],
        "instruction_set": instruction_set,
        "limits": {name: os.environ[name] for name in limiting if name in os.environ},
        "threads": threads,
        "device": device.used(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES if modules.get(name, name) in sys.modules},
    }


def _flags() -> list[str]:
    return (_cpuinfo("flags") or _cpuinfo("Features")).split()


def _cpuinfo(key: str) -> str:
    """The first value of `key` that Linux states of its processors; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key), "")
