import itertools
from pathlib import Path
from typing import Any

import pytest

from benchmarks.speed import shares
from benchmarks.speed.recipes import Params
from hourglass.core import params
from hourglass.core.files import read_json
from hourglass.models.build import build

SHAPE = (1, 8, 8)
DENSE = {"module": "undercomplete", "hidden": [16], "latent_dim": 4}
SETTINGS = {
    "seed": 0,
    "threads": 1,
    "data": {"name": "digits"},
    "detect": {"false_positive_rate": 0.05, "candidates": ["pixel"]},
    "train": {"epochs": 6, "batch_size": 32},
    "train_normal": {"epochs": 20},
}


def settings(variants: dict[str, dict[str, Any]]) -> Params:
    return params.check("", SETTINGS | {"variants": variants}, Params)


def macs(module: str, **network: object) -> int:
    return shares.macs(build(module, network, SHAPE, 0))


def test_macs_of_dense_layers_are_products_of_widths() -> None:
    assert macs("undercomplete", hidden=[16], latent_dim=4) == 2 * (64 * 16 + 16 * 4)


def test_macs_of_convolutions_count_every_place() -> None:
    there, back = 3 * 3 * 3 * 4 * 4, 2 * 2 * 3 * 4 * 4  # pixels of a kernel, 3 channels, 4 x 4 places
    expected = there + back + 2 * (48 * 5 + 5 * 2)
    assert macs("convolutional", channels=[3], hidden=5, latent_dim=2) == expected


def test_macs_of_a_transformer_count_every_visible_token() -> None:
    layer = 3 * 8 * 8 + 8 * 8 + 2 * 8 * 16  # queries, keys and values, their projection, then the dense network
    one_of_four_patches = 16 * 8 + layer + 8 * 4
    dense_decoder = 4 * 512 + 512 * 4 * 16
    found = macs("masked", latent_dim=4, patch=4, ratio=0.75, width=8, depth=1)
    assert found == one_of_four_patches + dense_decoder


def test_networks_without_gradients_or_in_phases_are_left_out() -> None:
    stacked = {"module": "stacked", "hidden": [16], "latent_dim": 4}
    variants = {"pca": {"module": "pca", "latent_dim": 4}, "stacked": stacked, "dense": DENSE}
    assert shares.networks(settings(variants)) == ["dense"]


def test_share_is_outdated_if_network_or_batches_differ() -> None:
    now = settings({"same": DENSE, "wider": DENSE | {"latent_dim": 8}, "new": DENSE})
    row = shares.sizes(now.recipe("same"), SHAPE, 0) | {"images_per_second": [10.0]}
    assert row["batch_size"] == 32
    assert shares.outdated({"same": row, "wider": row, "gone": row}, now) == ["wider", "new"]
    assert shares.outdated({"same": row | {"batch_size": 1}}, now) == ["same", "wider", "new"]


def test_training_is_timed_between_measurements_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(step=0.5)
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    rates = iter([100.0, 200.0, 300.0, 400.0])
    trained: list[None] = []
    found = shares.alternate(lambda: trained.append(None), 10, rates.__next__)
    assert found == {"images_per_second": [20.0] * 3, "matmul": [100.0, 200.0, 300.0, 400.0]}
    assert len(trained) == 4  # the first is not timed


def test_share_is_of_the_throughput_around_each_run() -> None:
    # 6 operations per multiply-add; throughput around the runs: 150, 300, 600.
    assert shares.share(5, [1.0, 5.0, 20.0], [100, 200, 400, 800]) == pytest.approx(6 * 5 * 5 / 300)


def test_committed_shares_are_of_networks_with_a_bar(root: Path) -> None:
    assert {shares.DENSE, shares.CONVOLUTIONAL} <= set(read_json(root / shares.OUT)["networks"])
