"""Shared by all tests: where the repository is, and a fixed thread count."""

from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[1]

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
