import math
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.experiments import restoration
from hourglass.models.autoencoder import Shape
from hourglass.models.build import build
from hourglass.training.fit import Examples, evaluate, fit
from hourglass.training.settings import TrainSettings
from hourglass.variants.rotated import Rotated, turned

SETTINGS: dict[str, Any] = {"module": "rotated", "latent_dim": 5, "channels": [4], "hidden": [32, 16]}
SQUARE, OBLONG = (1, 8, 8), (1, 8, 6)


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def model(shape: Shape = SQUARE, **more: object) -> Rotated:
    found = build(SETTINGS | more, shape, seed=0)
    assert isinstance(found, Rotated)
    return found.eval()


def images(shape: Shape = SQUARE, count: int = 40) -> Tensor:
    return torch.rand(count, *shape, generator=draws(3))


def turns_of(x: Tensor, found: Tensor) -> list[int]:
    """By how many quarter turns each of `found` differs from `x`."""
    return [
        next(turn for turn in range(4) if one.rot90(turn, (1, 2)).equal(other))
        for one, other in zip(x, found, strict=True)
    ]


@pytest.mark.parametrize("shape", [SQUARE, (3, 5, 5)])
def test_each_image_is_turned_by_its_own_number_of_quarter_turns(shape: Shape) -> None:
    x, turns = images(shape), torch.arange(40) % 4
    expected = [np.rot90(image.numpy(), int(turn), (1, 2)) for image, turn in zip(x, turns, strict=True)]
    np.testing.assert_array_equal(turned(x, turns), np.stack(expected))


def test_turns_add_up_and_four_are_none() -> None:
    x, one = images(), torch.ones(40, dtype=torch.int64)
    torch.testing.assert_close(turned(turned(x, one), 2 * one), turned(x, 3 * one), rtol=0, atol=0)
    for _ in range(4):
        x = turned(x, one)
    torch.testing.assert_close(x, images(), rtol=0, atol=0)
    torch.testing.assert_close(turned(x, 0 * one), x, rtol=0, atol=0)


def test_the_image_that_is_turned_stays_as_it_was() -> None:
    x = images()
    turned(x, torch.full((40,), 2))
    torch.testing.assert_close(x, images(), rtol=0, atol=0)


@pytest.mark.parametrize(("shape", "allowed"), [(SQUARE, {1, 2, 3}), (OBLONG, {2}), ((1, 6, 8), {2})])
def test_damage_is_every_turn_that_keeps_the_shape_equally_often(shape: Shape, allowed: set[int]) -> None:
    network, x = model(shape), images(shape, count=2000)
    observed = network.corrupt(x, network.level, draws(1))
    assert observed.shape == x.shape
    found = [turns_of(x, observed).count(turn) / 2000 for turn in range(4)]
    assert {turn for turn, share in enumerate(found) if share} == allowed
    assert found == pytest.approx([(turn in allowed) / len(allowed) for turn in range(4)], abs=0.05)


def test_a_level_is_the_largest_number_of_quarter_turns() -> None:
    x = images(count=200)
    for level in (1, 2, 3):
        assert set(turns_of(x, model().corrupt(x, level, draws()))) == set(range(1, level + 1))


def test_training_shows_upright_images_as_often_as_turned_ones() -> None:
    network, x = model(), images(count=2000)
    seen: list[Tensor] = []
    honest = network.encode
    network.encode = lambda x, y=None: seen.append(x) or honest(x, y)  # type: ignore[method-assign,func-returns-value]
    network.loss(x, None, draws(1))
    shares = [turns_of(x, seen[0]).count(turn) / 2000 for turn in range(4)]
    assert shares == pytest.approx([0.25] * 4, abs=0.05)


def test_only_training_turns_images() -> None:
    """`encode`, `reconstruct` and `score` are given them upright, and are the same whatever was drawn before."""
    network, x = model(), images()
    seen: list[Tensor] = []
    network.encoder.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    for method in (network.encode, network.reconstruct, network.score, network.restore):
        method(x)
    assert len(seen) == 4
    for given in seen:
        torch.testing.assert_close(given, x, rtol=0, atol=0)
    network.loss(x, None, draws())
    assert set(turns_of(x, seen[-1])) == {0, 1, 2, 3}


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_the_terms_by_hand(loss: str) -> None:
    """The upright image is the target, and the turn that was drawn the class to name."""
    network, x = model(loss=loss, weight=0.3), images()
    seen: list[Tensor] = []
    network.encoder.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    with torch.inference_mode():
        terms = network.loss(x, None, draws(2))
        codes = network.encode(seen[0])
        decoded, logits = network.decode(codes).double(), network.turn(codes).double()
    assert terms.keys() == {"restoration", "turn"}
    if loss == "mse":
        distance = (decoded - x).square().sum((1, 2, 3))
    else:
        distance = -(x * decoded.sigmoid().log() + (1 - x) * (-decoded).sigmoid().log()).sum((1, 2, 3))
    torch.testing.assert_close(terms["restoration"].double(), 0.3 * distance, rtol=1e-4, atol=1e-6)
    named = torch.tensor(turns_of(x, seen[0]))
    expected = -(logits.exp() / logits.exp().sum(1, keepdim=True))[torch.arange(40), named].log()
    torch.testing.assert_close(terms["turn"].double(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [SQUARE, OBLONG])
def test_a_readout_that_knows_nothing_costs_log_four_nats(shape: Shape) -> None:
    """Also of oblong images: that two of the four turns never occur is for it to learn."""
    network = model(shape)
    torch.nn.init.zeros_(network.turn.weight)
    torch.nn.init.zeros_(network.turn.bias)
    turn = network.loss(images(shape), None, draws())["turn"]
    torch.testing.assert_close(turn, torch.full((40,), math.log(4)))


def test_the_weight_is_of_the_restoration_alone() -> None:
    one, ten = (model(weight=weight).loss(images(), None, draws()) for weight in (1.0, 10.0))
    torch.testing.assert_close(ten["restoration"], 10 * one["restoration"])
    torch.testing.assert_close(ten["turn"], one["turn"])


def test_training_learns_the_turn_of_images_it_has_not_seen() -> None:
    found = load_digits()
    some = np.rint(found.images[found.target == 4][:, None] * (255 / 16)).astype(np.uint8)
    known, held_out = (Examples(torch.from_numpy(part), None) for part in (some[:130], some[130:]))
    network = build(SETTINGS | {"channels": []}, SQUARE, seed=0)
    before = evaluate(network, held_out, seed=0)
    plan = TrainSettings(epochs=40, batch_size=16, learning_rate=0.01, weight_decay=0.01, gradient_clip=5.0)
    fit(network, known, held_out, plan, seed=0)
    after = evaluate(network, held_out, seed=0)
    assert before["turn"] > 0.9 * math.log(4)
    assert after["turn"] < 0.5 * math.log(4)
    assert after["restoration"] < 0.7 * before["restoration"]


def test_no_classical_method_is_compared_with_it() -> None:
    """There is no scale of damage at which to do so."""
    assert model().restores
    assert not restoration.applies(model())
    assert restoration.applies(build({"module": "masked", "latent_dim": 4, "width": 8, "depth": 1}, SQUARE, seed=0))


def test_without_channels_there_is_no_convolution() -> None:
    kinds = [{type(part) for part in model(channels=channels).modules()} for channels in ([], [4])]
    assert [torch.nn.Conv2d in found for found in kinds] == [False, True]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hidden": []}, "hidden: [] leaves no layer beside the code; give at least one width"),
        ({"hidden": [16, 0]}, "hidden.1: input should be greater than 0, got 0"),
        ({"channels": [-4]}, "channels.0: input should be greater than 0, got -4"),
        ({"channels": 4}, "channels: input should be a valid list, got 4"),
        ({"weight": 0.0}, "weight: input should be greater than 0, got 0.0"),
        ({"weigth": 1.0}, "weigth: unknown setting; did you mean weight?"),
        ({"loss": "mae"}, "loss: input should be 'mse' or 'bce', got 'mae'"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        build(SETTINGS | wrong, SQUARE, seed=0, where="variants.x")
    assert str(caught.value) == f"params.yaml: variants.x.{message}"
