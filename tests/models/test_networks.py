import pytest
import torch

from hourglass.models.networks import ConvolutionalDecoder, ConvolutionalEncoder, dense, map_shapes


def test_dense_has_activations_between_layers_only() -> None:
    network = dense([5, 4, 3])
    assert [type(layer).__name__ for layer in network] == ["Linear", "GELU", "Linear"]
    assert [type(layer).__name__ for layer in dense([5, 3])] == ["Linear"]


def test_map_shapes_halve_and_round_up() -> None:
    assert map_shapes((1, 28, 20), [16, 32]) == [(1, 28, 20), (16, 14, 10), (32, 7, 5)]
    assert map_shapes((3, 7, 7), [8, 8]) == [(3, 7, 7), (8, 4, 4), (8, 2, 2)]


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 9, 14), (2, 1, 1)])
@pytest.mark.parametrize("channels", [[4], [4, 8], [4, 8, 8]])
def test_the_decoder_returns_the_image_shape(shape: tuple[int, int, int], channels: list[int]) -> None:
    x = torch.rand(2, *shape)
    z = ConvolutionalEncoder(shape, channels, 16, 5)(x)
    assert z.shape == (2, 5)
    assert ConvolutionalDecoder(shape, channels, 16, 5)(z).shape == x.shape
