import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.evaluation.measures import restoration
from hourglass.models.autoencoder import Shape
from hourglass.models.build import build, rebuild
from hourglass.training.fit import evaluate, fit
from hourglass.training.settings import TrainSettings
from hourglass.variants.rotated import Rotated, rotate, squeeze_images

SETTINGS: dict[str, Any] = {"latent_dim": 5, "channels": [4], "hidden": [32, 16]}
SQUARE, OBLONG = (1, 8, 8), (1, 8, 6)


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def model(shape: Shape = SQUARE, **more: object) -> Rotated:
    network = build("rotated", SETTINGS | more, shape, seed=0)
    assert isinstance(network, Rotated)
    return network.eval()


def images(shape: Shape = SQUARE, count: int = 40) -> Tensor:
    return torch.rand(count, *shape, generator=draws(3))


def rotations(x: Tensor, rotated: Tensor) -> list[int]:
    """Quarter turns from each image of `x` to that of `rotated`."""
    return [
        next(count for count in range(4) if one.rot90(count, (1, 2)).equal(other))
        for one, other in zip(x, rotated, strict=True)
    ]


@pytest.mark.parametrize("shape", [SQUARE, (3, 5, 5)])
def test_each_image_has_its_own_rotation(shape: Shape) -> None:
    x, quarters = images(shape), torch.arange(40) % 4
    expected = [np.rot90(image.numpy(), int(count), (1, 2)) for image, count in zip(x, quarters, strict=True)]
    np.testing.assert_array_equal(rotate(x, quarters), np.stack(expected))


def test_rotations_add_up_and_four_are_the_identity() -> None:
    x, one = images(), torch.ones(40, dtype=torch.int64)
    torch.testing.assert_close(rotate(rotate(x, one), 2 * one), rotate(x, 3 * one), rtol=0, atol=0)
    for _ in range(4):
        x = rotate(x, one)
    torch.testing.assert_close(x, images(), rtol=0, atol=0)
    torch.testing.assert_close(rotate(x, 0 * one), x, rtol=0, atol=0)


def test_rotating_leaves_the_input_unchanged() -> None:
    x = images()
    rotate(x, torch.full((40,), 2))
    torch.testing.assert_close(x, images(), rtol=0, atol=0)


@pytest.mark.parametrize(("shape", "allowed"), [(SQUARE, {1, 2, 3}), (OBLONG, {2}), ((1, 6, 8), {2})])
def test_every_rotation_that_keeps_the_shape_is_as_likely(shape: Shape, allowed: set[int]) -> None:
    network, x = model(shape), images(shape, count=2000)
    observed = network.corrupt(x, network.level, draws(1))
    assert observed.shape == x.shape
    shares = [rotations(x, observed).count(quarters) / 2000 for quarters in range(4)]
    assert {quarters for quarters, share in enumerate(shares) if share} == allowed
    assert shares == pytest.approx([(quarters in allowed) / len(allowed) for quarters in range(4)], abs=0.05)


def test_the_level_is_the_most_quarter_turns() -> None:
    x = images(count=200)
    for level in (1, 2, 3):
        assert set(rotations(x, model().corrupt(x, level, draws()))) == set(range(1, level + 1))


def test_training_uses_every_rotation_as_often() -> None:
    network, x = model(), images(count=2000)
    seen: list[Tensor] = []
    original = network.encode
    network.encode = lambda x, y=None: seen.append(x) or original(x, y)  # type: ignore[method-assign,func-returns-value]
    network.loss(x, None, draws(1))
    shares = [rotations(x, seen[0]).count(quarters) / 2000 for quarters in range(4)]
    assert shares == pytest.approx([0.25] * 4, abs=0.05)


def test_only_the_loss_rotates_images() -> None:
    """`encode`, `reconstruct`, `score` and `restore` take images as they are."""
    network, x = model(), images()
    seen: list[Tensor] = []
    network.encoder.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    for method in (network.encode, network.reconstruct, network.score, network.restore):
        method(x)
    assert len(seen) == 4
    for given in seen:
        torch.testing.assert_close(given, x, rtol=0, atol=0)
    network.loss(x, None, draws())
    assert set(rotations(x, seen[-1])) == {0, 1, 2, 3}


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_loss_terms_by_hand(loss: str) -> None:
    """The target is the unrotated image, and for the cross-entropy the rotation that was drawn."""
    network, x = model(loss=loss, weight=0.3), images()
    seen: list[Tensor] = []
    network.encoder.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    with torch.inference_mode():
        terms = network.loss(x, None, draws(2))
        z = network.encode(seen[0])
        decoded, logits = network.decode(z).double(), network.rotation(z).double()
    assert terms.keys() == {"restoration", "rotation"}
    if loss == "mse":
        distance = (decoded - x).square().sum((1, 2, 3))
    else:
        distance = -(x * decoded.sigmoid().log() + (1 - x) * (-decoded).sigmoid().log()).sum((1, 2, 3))
    torch.testing.assert_close(terms["restoration"].double(), 0.3 * distance, rtol=1e-4, atol=1e-6)
    drawn = torch.tensor(rotations(x, seen[0]))
    expected = -(logits.exp() / logits.exp().sum(1, keepdim=True))[torch.arange(40), drawn].log()
    torch.testing.assert_close(terms["rotation"].double(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [SQUARE, OBLONG])
def test_equal_logits_have_a_cross_entropy_of_log_four(shape: Shape) -> None:
    """Also for oblong images, where two of the four rotations do not occur."""
    network = model(shape)
    torch.nn.init.zeros_(network.rotation.weight)
    torch.nn.init.zeros_(network.rotation.bias)
    term = network.loss(images(shape), None, draws())["rotation"]
    torch.testing.assert_close(term, torch.full((40,), math.log(4)))


def test_the_weight_applies_to_the_restoration_alone() -> None:
    one, ten = (model(weight=weight).loss(images(), None, draws()) for weight in (1.0, 10.0))
    torch.testing.assert_close(ten["restoration"], 10 * one["restoration"])
    torch.testing.assert_close(ten["rotation"], one["rotation"])


@pytest.mark.parametrize("shape", [(1, 12, 12), (3, 8, 16)])
def test_squeezed_by_half_two_pixels_become_one(shape: Shape) -> None:
    """The margins are black."""
    x, (height, width) = images(shape, count=3), shape[1:]
    same, narrow, low = squeeze_images(x, torch.tensor([0, 1, 2]), 0.5)
    torch.testing.assert_close(same, x[0], rtol=0, atol=0)
    pairs = x[1].unflatten(2, (-1, 2)).mean(3)
    torch.testing.assert_close(narrow[..., width // 4 : -width // 4], pairs)
    assert not narrow[..., : width // 4].any()
    torch.testing.assert_close(low[:, height // 4 : -height // 4], x[2].unflatten(1, (-1, 2)).mean(2))
    assert not low[:, -height // 4 :].any()


def test_squeezing_keeps_the_mean_and_scales_the_deviation() -> None:
    """A blob's mean position stays; its standard deviation is multiplied along one axis only."""
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    blob = torch.exp(-((rows - 31.5) ** 2 + (columns - 31.5) ** 2) / (2 * 8**2)).expand(3, 1, 64, 64)
    for found, factors in zip(
        squeeze_images(blob, torch.tensor([0, 1, 2]), 0.7), [(1, 1), (1, 0.7), (0.7, 1)], strict=True
    ):
        weights = found[0] / found.sum()
        for position, factor in zip((rows, columns), factors, strict=True):
            mean = (weights * position).sum()
            assert float(mean) == pytest.approx(31.5, abs=1e-3)
            assert float((weights * (position - mean) ** 2).sum().sqrt()) == pytest.approx(8 * factor, rel=0.01)


def observed(network: Rotated, x: Tensor, generator: torch.Generator) -> tuple[dict[str, Tensor], Tensor]:
    """Terms of the loss, and what the encoder sees."""
    seen: list[Tensor] = []
    handle = network.encoder.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    with torch.inference_mode():
        terms = network.loss(x, None, generator)
    handle.remove()
    return terms, seen[0]


def test_without_squeezing_nothing_else_is_drawn() -> None:
    network, x, generator, other = model(), images(), draws(4), draws(4)
    _, seen = observed(network, x, generator)
    torch.testing.assert_close(rotate(x, torch.randint(4, (40,), generator=other)), seen, rtol=0, atol=0)
    assert generator.get_state().equal(other.get_state())


def test_weights_from_before_squeezes_still_load() -> None:
    network = model()
    settings = {name: value for name, value in network.description["settings"].items() if name != "squeeze"}
    old = rebuild({**network.description, "settings": settings}, network.state_dict())
    assert isinstance(old, Rotated)
    assert old.squeeze == 1
    torch.testing.assert_close(old.encode(images()), network.encode(images()), rtol=0, atol=0)


@pytest.mark.parametrize(("shape", "loss"), [(SQUARE, "mse"), (OBLONG, "bce")])
def test_every_squeeze_is_as_likely_and_the_target_has_none(shape: Shape, loss: str) -> None:
    """The first layer sees images that are squeezed, then rotated; the target stays the image itself."""
    network, x = model(shape, squeeze=0.5, loss=loss), images(shape, count=3000)
    terms, seen = observed(network, x, draws(2))
    assert terms.keys() == {"restoration", "rotation"}
    turns = range(0, 4, network.step)
    ways = [(way, turn) for way in range(3) for turn in turns]
    every = [rotate(squeeze_images(x, torch.full((3000,), w), 0.5), torch.full((3000,), t)) for w, t in ways]
    distances = torch.stack([(one - seen).abs().flatten(1).amax(1) for one in every])
    assert float(distances.amin(0).max()) < 1e-6
    drawn, rotations = torch.tensor(ways)[distances.argmin(0)].T
    assert torch.bincount(drawn, minlength=3).div(3000).tolist() == pytest.approx([1 / 3] * 3, abs=0.03)
    with torch.inference_mode():
        z = network.encode(seen)
        logits, decoded = network.rotation(z).double(), network.decode(z).double()
    entropy = -logits.log_softmax(1)[torch.arange(3000), rotations]
    torch.testing.assert_close(terms["rotation"].double(), entropy, rtol=1e-5, atol=1e-6)
    if loss == "mse":
        distance = (decoded - x).square().sum((1, 2, 3))
    else:
        distance = -(x * decoded.sigmoid().log() + (1 - x) * (-decoded).sigmoid().log()).sum((1, 2, 3))
    torch.testing.assert_close(terms["restoration"].double(), 0.1 * distance, rtol=1e-4, atol=1e-6)


def test_squeezes_follow_from_the_generator_alone() -> None:
    """The same one draws the same squeezes, whatever else was drawn; other images are rotated as without squeezes."""
    network, x = model(squeeze=0.6), images()
    first = observed(network, x, draws(7))[1]
    torch.manual_seed(99)
    torch.testing.assert_close(observed(network, x, draws(7))[1], first, rtol=0, atol=0)
    plain = observed(model(), x, draws(7))[1]
    unsqueezed = (first == plain).flatten(1).all(1)
    assert 0.1 < unsqueezed.double().mean() < 0.6


def test_training_predicts_rotations_of_held_out_images(digits: ImageSet) -> None:
    fours = digits.of_class(4)
    train, held_out = fours.subset(slice(130)), fours.subset(slice(130, None))
    network = build("rotated", SETTINGS | {"channels": []}, SQUARE, seed=0)
    before = evaluate(network, held_out, seed=0)
    fit(network, train, held_out, TrainSettings(epochs=40, batch_size=16, learning_rate=0.01), seed=0)
    after = evaluate(network, held_out, seed=0)
    assert before["rotation"] > 0.9 * math.log(4)
    assert after["rotation"] < 0.5 * math.log(4)
    assert after["restoration"] < 0.7 * before["restoration"]


def test_it_is_not_compared_with_classical_methods() -> None:
    """Rotations have no strength, and no classical method restores them."""
    assert model().restores
    assert not restoration.applies(model())
    assert restoration.applies(build("masked", {"latent_dim": 4, "width": 8, "depth": 1}, SQUARE, seed=0))


def test_without_channels_there_is_no_convolution() -> None:
    kinds = [{type(part) for part in model(channels=channels).modules()} for channels in ([], [4])]
    assert [torch.nn.Conv2d in kind for kind in kinds] == [False, True]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hidden": []}, "hidden: [] leaves no layer beside the latent code; give at least one width"),
        ({"hidden": [16, 0]}, "hidden.1: input should be greater than 0, got 0"),
        ({"channels": [-4]}, "channels.0: input should be greater than 0, got -4"),
        ({"channels": 4}, "channels: input should be a valid list, got 4"),
        ({"squeeze": 0.4}, "squeeze: input should be greater than or equal to 0.5, got 0.4"),
        ({"squeeze": 1.2}, "squeeze: input should be less than or equal to 1, got 1.2"),
        ({"weight": 0.0}, "weight: input should be greater than 0, got 0.0"),
        ({"weigth": 1.0}, "weigth: unknown setting; did you mean weight?"),
        ({"loss": "mae"}, "loss: input should be 'mse' or 'bce', got 'mae'"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        build("rotated", SETTINGS | wrong, SQUARE, seed=0, where="variants.x")
    assert str(caught.value) == f"params.yaml: variants.x.{message}"
