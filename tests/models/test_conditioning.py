from typing import get_args

import pytest
import torch
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.models.conditioning import KINDS, ConditionedDense, CrossAttention, FiLM, Kind, required

Y = torch.tensor([0, 3, 3, 1])


@pytest.fixture
def h() -> Tensor:
    return torch.randn(4, 20, generator=torch.Generator().manual_seed(0))


def test_every_kind_has_a_class() -> None:
    assert set(get_args(Kind)) == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("features", [1, 16, 30, 49])
def test_any_number_of_features_is_conditioned(kind: Kind, features: int) -> None:
    condition = KINDS[kind](features, 5)
    assert condition(torch.rand(4, features), Y).shape == (4, condition.outputs)


def test_concat_appends_the_one_hot_class(h: Tensor) -> None:
    assert KINDS["concat"](20, 4)(h, Y).equal(torch.cat([h, torch.eye(4)[Y]], dim=1))


@pytest.mark.parametrize("kind", ["embedding", "film"])
def test_zero_weights_are_the_identity(h: Tensor, kind: Kind) -> None:
    condition = KINDS[kind](20, 4)
    assert all(parameter.abs().sum() == 0 for parameter in condition.parameters())
    assert condition(h, Y).equal(h)


def test_film_scales_and_shifts_each_feature_by_class(h: Tensor) -> None:
    film = FiLM(20, 4)
    with torch.no_grad():
        film.scale[3], film.shift[3] = 1.0, torch.arange(20.0)
    expected = h.clone()
    expected[1:3] = 2 * h[1:3] + torch.arange(20.0)
    torch.testing.assert_close(film(h, Y), expected)


def test_cross_attention_matches_its_formula(h: Tensor) -> None:
    """softmax(q k^T / sqrt(d)) v, written out for each group of features; the last group is padded with zeros."""
    torch.manual_seed(0)
    layer = CrossAttention(20, 4)
    for row in range(4):
        tokens = layer.tokens[Y[row]]
        groups = torch.cat([h[row], torch.zeros(12)]).reshape(2, 16)
        weights = (layer.query(groups) @ layer.key(tokens).T / 4).softmax(1)
        expected = h[row] + layer.out(weights @ layer.value(tokens)).flatten()[:20]
        torch.testing.assert_close(layer(h, Y)[row], expected)


def test_cross_attention_depends_on_the_features(h: Tensor) -> None:
    """For one class it adds different values to different features; with a single token it cannot."""
    torch.manual_seed(0)
    layer, same = CrossAttention(20, 4), torch.zeros(4, dtype=torch.int64)
    added = layer(h, same) - h
    assert (added - added[0]).abs().max() > 0.01
    with torch.no_grad():
        layer.tokens[:] = layer.tokens[:, :1]
    added = layer(h, same) - h
    assert (added - added[0]).abs().max() < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_images_do_not_affect_each_other(h: Tensor, kind: Kind) -> None:
    torch.manual_seed(0)
    network = ConditionedDense([20, 8, 6], 4, kind)
    torch.testing.assert_close(network(h, Y)[1:2], network(h[1:2], Y[1:2]))


def test_a_missing_or_unknown_class_is_an_error() -> None:
    assert required(Y, 4) is Y
    with pytest.raises(SettingsError, match=r"params\.yaml: classes: 3, but there is an image of class 3"):
        required(Y, 3)
    with pytest.raises(ValueError, match="needs the class number"):
        required(None, 3)
