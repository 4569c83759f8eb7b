import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.models.build import build
from hourglass.variants.mended import COARSE, COLOURS, NUMBERS, PIECES, SHADES, Mended, damaged, piece

SHAPE = (3, 32, 24)
SETTINGS = {"latent_dim": 96, "channels": [4, 8]}
# A damage's random numbers, in their order.
NAMES = ["row", "column", "angle", "length", "slim", "oval", "fading", "down", "right", "mirrored"]
NAMES += ["opacity", "strength", "sloping", "kind"]
# A rectangle over rows 2 to 30 and all columns, sharp and opaque.
LARGE = {"row": 0.5, "column": 0.5, "angle": 0, "length": 1, "slim": 1, "oval": 0.9, "fading": 0.9, "opacity": 1}
COVERED, OUTSIDE = slice(3, 30), slice(2)
KINDS = {"piece": PIECES / 2, "shade": SHADES - 0.01, "colour": COLOURS - 0.01, "texture": 0.99}


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model() -> Mended:
    found = build("mended", SETTINGS, SHAPE, seed=0)
    assert isinstance(found, Mended)
    return found


@pytest.fixture
def x() -> Tensor:
    """Images that vary smoothly, so that they differ from place to place."""
    coarse = 0.3 + 0.4 * torch.rand(40, 3, 4, 4, generator=draws(3))
    return F.interpolate(coarse, SHAPE[1:], mode="bilinear")


def numbers(count: int, /, **stated: float) -> Tensor:
    found = torch.rand(count, NUMBERS + COARSE**2, generator=draws())
    for name, value in stated.items():
        found[:, NAMES.index(name)] = value
    return found


def of(name: str, drawn: Tensor) -> Tensor:
    """One of the random numbers of each damage, (N, 1, 1, 1)."""
    return drawn[:, NAMES.index(name), None, None, None]


def of_piece(x: Tensor, drawn: Tensor) -> Tensor:
    moves = zip(of("down", drawn) * SHAPE[1], of("right", drawn) * SHAPE[2], strict=True)
    moved = [one.roll((-int(down), -int(right)), (1, 2)) for one, (down, right) in zip(x, moves, strict=True)]
    return torch.where(of("mirrored", drawn) < 0.5, torch.stack(moved), torch.stack(moved).flip(3))


def of_shade(x: Tensor, drawn: Tensor) -> Tensor:
    sign = torch.where(of("mirrored", drawn) < 0.5, 1, -1)
    return x + sign * (0.1 + 0.4 * of("strength", drawn))


def of_colour(x: Tensor, drawn: Tensor) -> Tensor:
    return drawn[:, NUMBERS : NUMBERS + 3, None, None].expand_as(x)


def of_texture(x: Tensor, drawn: Tensor) -> Tensor:
    noise = F.interpolate(drawn[:, NUMBERS:].view(-1, 1, COARSE, COARSE), SHAPE[1:], mode="bilinear")
    return x + (0.3 + 1.2 * of("strength", drawn)) * (noise - 0.5)


CONTENTS = {"piece": of_piece, "shade": of_shade, "colour": of_colour, "texture": of_texture}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damage_has_the_content_of_its_kind(x: Tensor, kind: str) -> None:
    drawn = numbers(len(x), **LARGE, sloping=0.1, kind=KINDS[kind])
    expected = CONTENTS[kind](x, drawn).clamp(0, 1)
    found = damaged(x, drawn)
    torch.testing.assert_close(found[:, :, COVERED], expected[:, :, COVERED])
    torch.testing.assert_close(found[:, :, OUTSIDE], x[:, :, OUTSIDE])
    assert ((expected - x).abs().amax((1, 2, 3)) > 0.05).all(), "contents that can be seen"


@pytest.mark.parametrize("fading", [0.1, 0.9], ids=["fading", "sharp"])
@pytest.mark.parametrize("oval", [0.1, 0.9], ids=["ellipse", "rectangle"])
def test_a_damage_has_the_form_that_was_drawn(oval: float, fading: float) -> None:
    """Six pixels to each end and three to each side, rotated by 54 degrees, with an opacity of 0.7."""
    form = {"length": math.log(5) / math.log(12), "slim": math.log(6.25) / math.log(12.5), "angle": 0.3}
    stated = numbers(1, row=0.5, column=0.5, oval=oval, fading=fading, opacity=0.5, kind=KINDS["colour"], **form)
    black, white = (damaged(torch.full((1, *SHAPE), grey), stated)[0, 0] for grey in (0.0, 1.0))
    rows, columns = torch.meshgrid(torch.arange(32) - 16, torch.arange(24) - 12, indexing="ij")
    sine, cosine = math.sin(0.3 * math.pi), math.cos(0.3 * math.pi)
    along, across = (rows * sine + columns * cosine) / 6, (rows * cosine - columns * sine) / 3
    distance = torch.hypot(along, across) if oval < 0.5 else torch.maximum(along.abs(), across.abs())
    form_only = torch.exp(-(distance**2)) if fading < 0.5 else (3 * (1 - distance) + 0.5).clamp(0, 1)
    torch.testing.assert_close(1 - (white - black), 0.7 * form_only, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_damage_changes_a_part_of_each_image(x: Tensor, kind: float) -> None:
    changed = (damaged(x, numbers(len(x), kind=kind, fading=0.9)) - x).abs().amax(1) > 1e-6
    shares = changed.flatten(1).float().mean(1)
    assert (shares > 0).all()
    assert shares.median() < 0.5
    assert shares.max() > 4 * shares.median()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_damaged_images_stay_in_range(x: Tensor, kind: float) -> None:
    found = damaged(2 * x - 0.5, numbers(len(x), kind=kind))
    assert found.min() >= 0
    assert found.max() <= 1


def test_a_damage_may_be_as_thin_as_a_scratch(x: Tensor) -> None:
    changed = (damaged(x, numbers(len(x), kind=KINDS["colour"], fading=0.9)) - x).abs().amax(1) > 0.01
    thinnest = torch.minimum(changed.sum(1).amax(1), changed.sum(2).amax(1))
    assert thinnest.min() <= 2


def test_a_colour_is_the_same_over_the_damage() -> None:
    """Black and white images differ by what is not covered: the same share for all channels of a pixel."""
    stated = numbers(20, kind=KINDS["colour"], fading=0.9)
    found, other = (damaged(torch.full((20, *SHAPE), grey), stated) for grey in (0.0, 1.0))
    cover = 1 - (other - found)
    torch.testing.assert_close(cover, cover[:, :1].expand_as(cover))
    covered = cover > 0.1
    colours = torch.where(covered, found / cover, torch.nan).flatten(2)
    means = colours.nanmean(2)
    assert (colours - means[:, :, None]).nan_to_num().abs().max() < 1e-5
    assert (means.std(1) > 0.01).all(), "channels differ"


def test_a_slope_is_brighter_on_one_side_and_darker_on_the_other() -> None:
    grey = torch.full((30, *SHAPE), 0.5)
    found = damaged(grey, numbers(30, kind=KINDS["shade"], sloping=0.9)).flatten(1)
    level = damaged(grey, numbers(30, kind=KINDS["shade"], sloping=0.1)).flatten(1)
    both = (found.amax(1) > 0.51) & (found.amin(1) < 0.49)
    assert both.float().mean() > 0.5
    assert not ((level.amax(1) > 0.5) & (level.amin(1) < 0.5)).any()


def test_a_piece_comes_from_the_same_image() -> None:
    x = torch.rand(2, *SHAPE, generator=draws())
    half, none, all_ = torch.full((2, 1, 1, 1), 0.5), torch.zeros(2, 1, 1, 1), torch.full((2, 1, 1, 1), 0.9)
    torch.testing.assert_close(piece(x, half, half, none), x.roll((-16, -12), (2, 3)))
    torch.testing.assert_close(piece(x, none, none, all_), x.flip(3))


def test_levels_are_numbers_of_damages(model: Mended, x: Tensor) -> None:
    shares = [((model.corrupt(x, level, draws()) - x).abs() > 0.01).float().mean() for level in (1, 3, 9)]
    assert shares[0] < shares[1] < shares[2]


def test_an_image_s_damages_do_not_depend_on_others(model: Mended, x: Tensor) -> None:
    torch.testing.assert_close(model.corrupt(x[:5], 3, draws()), model.corrupt(x, 3, draws())[:5])


def test_the_target_is_the_undamaged_image(model: Mended, x: Tensor) -> None:
    terms = model.loss(x, None, draws(7))
    assert terms.keys() == {"restoration"}
    restored = model.restore(model.corrupt(x, model.level, draws(7)))
    torch.testing.assert_close(terms["restoration"], (restored - x).square().flatten(1).sum(1))


def test_the_latent_code_is_a_grid(model: Mended, x: Tensor) -> None:
    """8 x 6 positions of two dimensions; four more dimensions are too few for another at each."""
    assert model.latent_dim == model.encode(x).shape[1] == 96
    assert build("mended", SETTINGS | {"latent_dim": 100}, SHAPE, seed=0).latent_dim == 96
    with pytest.raises(SettingsError, match=r"latent_dim: 8 x 6 positions need more than 40 dimensions"):
        build("mended", SETTINGS | {"latent_dim": 40}, SHAPE, seed=0)
