"""Where a result comes from, and keeping libraries to some instructions."""

import os
import subprocess
import sys

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__  # type: ignore[import-not-found]

from hourglass.core.origin import ENVIRONMENT, limit_instructions, origin

VECTORS = str(origin(1, "native")["vector_instructions"])

# A product whose bits depend on the order of its sums.
PRODUCT = """
from hourglass.core.origin import limit_instructions
limit_instructions({to!r})
import hashlib, torch
torch.set_num_threads(1)
values = torch.randn(200, 300, generator=torch.Generator().manual_seed(1))
result = torch.nn.functional.gelu(values @ values.T)
print(torch.backends.cpu.get_cpu_capability(), hashlib.md5(result.numpy().tobytes()).hexdigest())
"""


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for variables in ENVIRONMENT.values():
        for name in variables:
            monkeypatch.delenv(name, raising=False)


def product(to: str) -> list[str]:
    command = [sys.executable, "-c", PRODUCT.format(to=to)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.usefixtures("clean")
def test_sse_is_obeyed_and_repeats() -> None:
    first, second = product("sse"), product("sse")
    assert first == second
    assert first[0] in ("DEFAULT", "NO")


@pytest.mark.skipif(not any(name.startswith("X86") for name in __cpu_dispatch__), reason="another kind of processor")
@pytest.mark.parametrize("to", ["avx2", "sse"])
def test_numpy_obeys(to: str) -> None:
    """NumPy warns of names that it was not compiled for, and raises for those that it needs."""
    code = (
        f"from hourglass.core.origin import limit_instructions; limit_instructions({to!r})\n"
        "from numpy._core._multiarray_umath import __cpu_features__ as found; print(found['X86_V3'], found['X86_V4'])"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(to == "avx2" and bool(__cpu_features__["X86_V3"])), "False"]


@pytest.mark.usefixtures("clean")
@pytest.mark.skipif("avx2" not in VECTORS, reason="the processor has no AVX2")
def test_avx2_is_obeyed_and_repeats() -> None:
    """With AVX-512 and without, ATen says that it uses AVX2."""
    first, second = product("avx2"), product("avx2")
    assert first == second
    assert first[0] == "AVX2"


@pytest.mark.usefixtures("clean")
def test_native_leaves_the_environment_alone() -> None:
    before = dict(os.environ)
    limit_instructions("native")
    assert dict(os.environ) == before


def test_origin_names_what_limits_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX")
    found = origin(3, "native")
    limits, libraries = found["limits"], found["libraries"]
    assert isinstance(limits, dict)
    assert isinstance(libraries, dict)
    assert limits["ONEDNN_MAX_CPU_ISA"] == "AVX"
    assert (found["threads"], found["device"]) == (3, "cpu")
    assert found["processor"]
    assert "numpy" in libraries


def test_a_library_that_was_not_imported_has_no_part() -> None:
    code = "from hourglass.core.origin import origin; print(origin(1, 'native')['libraries'])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "{}\n"
