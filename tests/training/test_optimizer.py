import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import nn

from hourglass.training.optimizer import AdamW

SLOW_IMPORT = """
import sys, torch
from hourglass.training.optimizer import AdamW
weight = torch.nn.Parameter(torch.ones(3))
optimizer = AdamW([weight], lr=0.1, fused=True)
torch.set_deterministic_debug_mode("error")
weight.sum().backward()
optimizer.step()
optimizer.zero_grad()
assert weight.grad is None and (weight != 1).all()
print("torch._dynamo" in sys.modules)
"""


def trained(kind: Callable[..., torch.optim.Optimizer]) -> list[torch.Tensor]:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.Linear(8, 2))
    optimizer = kind(network.parameters(), lr=0.05, weight_decay=0.1, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=20)
    for _ in range(20):
        optimizer.zero_grad()
        network(torch.rand(5, 6)).square().mean().backward()
        optimizer.step()
        schedule.step()
    return list(network.parameters())


def test_it_takes_the_very_steps_of_pytorch_s() -> None:
    for ours, theirs in zip(trained(AdamW), trained(torch.optim.AdamW), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_it_does_not_import_the_compiler() -> None:
    done = subprocess.run([sys.executable, "-c", SLOW_IMPORT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_step_leaves_no_trace_in_the_graph() -> None:
    weight = nn.Parameter(torch.ones(3))
    optimizer = AdamW([weight], lr=0.1)
    weight.sum().backward()
    optimizer.step()
    assert weight.is_leaf
    assert not torch.is_inference_mode_enabled()
    with pytest.raises(ValueError, match="learning rate"):
        AdamW([weight], lr=-1.0)
