import torch
from torch import nn

from hourglass.live.quantisation import FINEST, LEVELS, TOLERANCE, quantise, rounded

torch.manual_seed(0)
WEIGHT = torch.randn(6, 20)
# Inputs that vary along few directions, as images do.
INPUTS = torch.randn(200, 4) @ torch.randn(4, 20) + 0.1 * torch.randn(200, 20)


def test_numbers_stay_within_their_levels() -> None:
    for products in (None, INPUTS.T.double() @ INPUTS.double()):
        quantised = rounded(WEIGHT, 7, products)
        assert quantised.numbers.dtype == torch.int8
        assert int(quantised.numbers.abs().max()) <= 7
        assert quantised.scales.shape == (6,)


def test_rounding_by_itself_is_within_half_a_step() -> None:
    quantised = rounded(WEIGHT, 31)
    assert bool(((quantised.values - WEIGHT).abs() <= 0.501 * quantised.scales[:, None]).all())


def test_later_columns_make_up_for_earlier_ones() -> None:
    products = INPUTS.T.double() @ INPUTS.double()

    def error(values: torch.Tensor) -> float:
        return float((INPUTS @ (values - WEIGHT).T).square().mean())

    assert error(rounded(WEIGHT, 7, products).values) < 0.5 * error(rounded(WEIGHT, 7).values)


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
