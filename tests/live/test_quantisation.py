import pytest
import torch
from torch import nn

from hourglass.live import quantisation
from hourglass.live.quantisation import FINEST, LEVELS, TOLERANCE, factor, quantise, rounded

torch.manual_seed(0)
WEIGHT = torch.randn(6, 20)
# Inputs that vary along few directions, as images do.
INPUTS = torch.randn(200, 4) @ torch.randn(4, 20) + 0.1 * torch.randn(200, 20)


PRODUCTS = INPUTS.T.double() @ INPUTS.double()


def test_a_factor_is_that_of_the_damped_inverse() -> None:
    upper = factor(PRODUCTS)
    damped = PRODUCTS + quantisation.DAMPING * PRODUCTS.diagonal().mean() * torch.eye(20, dtype=torch.double)
    assert torch.equal(upper, upper.triu())
    torch.testing.assert_close(upper.T @ upper @ damped, torch.eye(20, dtype=torch.double), atol=1e-8, rtol=0)


def test_numbers_stay_within_their_levels() -> None:
    for upper in (None, factor(PRODUCTS)):
        quantised = rounded(WEIGHT, 7, upper)
        assert quantised.numbers.dtype == torch.int8
        assert int(quantised.numbers.abs().max()) <= 7
        assert quantised.scales.shape == (6,)


def test_rounding_by_itself_is_within_half_a_step() -> None:
    quantised = rounded(WEIGHT, 31)
    assert bool(((quantised.values - WEIGHT).abs() <= 0.501 * quantised.scales[:, None]).all())


def test_later_columns_make_up_for_earlier_ones() -> None:
    def error(values: torch.Tensor) -> float:
        return float((INPUTS @ (values - WEIGHT).T).square().mean())

    assert error(rounded(WEIGHT, 7, factor(PRODUCTS)).values) < 0.5 * error(rounded(WEIGHT, 7).values)


def test_a_row_of_zeros_stays_zero() -> None:
    assert bool((rounded(torch.zeros(2, 3), 7).values == 0).all())


def test_fewest_levels_within_the_tolerance_are_taken() -> None:
    network = nn.Sequential(nn.Linear(20, 6))
    with torch.no_grad():
        target = network(INPUTS) + torch.randn(200, 6)

        def error() -> float:
            return float((network(INPUTS) - target).square().mean())

        bound = (1 + TOLERANCE) * error()
        quantised, levels = quantise(network, lambda: network(INPUTS), error)
        assert levels in LEVELS
        assert error() <= bound
    assert torch.equal(network.state_dict()["0.weight"], quantised["0.weight"].values)


def test_a_network_that_needs_them_gets_the_most_levels() -> None:
    network = nn.Sequential(nn.Linear(20, 6))
    with torch.no_grad():
        exact = network(INPUTS)
        _, levels = quantise(network, lambda: network(INPUTS), lambda: float((network(INPUTS) - exact).square().mean()))
    assert levels == FINEST


def test_weights_of_a_wide_layer_are_rounded_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The products of the inputs of an image of 128x128 pixels in colour would take 19 GB."""
    wide, narrow = nn.Linear(20, 6), nn.Linear(6, 5)
    network = nn.Sequential(wide, narrow)
    factors: list[int] = []

    def recorded(products: torch.Tensor) -> torch.Tensor:
        factors.append(len(products))
        return factor(products)

    monkeypatch.setattr(quantisation, "WIDEST", 19)
    monkeypatch.setattr(quantisation, "factor", recorded)
    with torch.no_grad():
        exact = wide.weight.clone()
        weights, levels = quantise(network, lambda: [network(INPUTS), network(INPUTS)], lambda: 1.0)
    assert factors == [6]
    assert torch.equal(weights["0.weight"].numbers, rounded(exact, levels).numbers)
