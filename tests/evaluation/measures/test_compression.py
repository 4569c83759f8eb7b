import lzma

import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass.data.imageset import ImageSet
from hourglass.evaluation import image_files
from hourglass.evaluation.context import Context
from hourglass.evaluation.image_quality import psnr
from hourglass.evaluation.inference import reconstruct
from hourglass.evaluation.measures.compression import (
    Compression,
    Decode,
    applies,
    choose_step,
    compare,
    metrics,
    packed,
    restored,
    rounded,
)
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build

Array = NDArray[np.floating]
Pixels = NDArray[np.uint8]

SHAPE = (1, 8, 8)
# The images of a "decoder": each dimension of a code lights one of four quarters of an 8 x 8 image.
QUARTERS = np.kron(np.eye(4).reshape(4, 2, 2), np.ones((4, 4)))[:, None]


def decode(codes: Array) -> Array:
    return np.asarray(np.tensordot(codes, QUARTERS, 1))


def codes_and_images(count: int, noise: float = 0.1, seed: int = 0) -> tuple[Array, Pixels]:
    random = np.random.default_rng(seed)
    codes = random.uniform(0.3, 0.7, (count, 4))
    images = decode(codes) + noise * random.normal(size=(count, 1, 8, 8))
    return codes, np.rint(255 * images.clip(0, 1)).astype(np.uint8)


def compressed(codes: Array, images: Pixels, decoder: Decode, step: float) -> Compression:
    symbols = rounded(codes, step)
    return compare(symbols, images, decoder(restored(symbols, step)), image_files.measure(images), seed=0)


def entropy(symbols: NDArray[np.integer]) -> float:
    """Bytes per row, each column coded by how often its values occur."""
    shares = [np.unique(column, return_counts=True)[1] / len(symbols) for column in symbols.T]
    return float(sum(-(share * np.log2(share)).sum() for share in shares) / 8)


def test_rounding_is_off_by_half_a_step_at_most() -> None:
    codes = codes_and_images(50)[0]
    found = restored(rounded(codes, 0.05), 0.05)
    assert found.dtype == np.float32
    assert 0.02 < np.abs(found - codes).max() <= 0.025 + 1e-6


@pytest.mark.parametrize("levels", [2, 200, 300, 70_000])
def test_packed_codes_can_be_read_back(levels: int) -> None:
    symbols = np.random.default_rng(0).integers(-5, levels - 5, (100, 3))
    content = lzma.decompress(packed(symbols))
    width = np.min_scalar_type((symbols - symbols.min(0)).max())
    assert width.itemsize == {2: 1, 200: 1, 300: 2, 70_000: 4}[levels]
    least = np.frombuffer(content[:12], np.int32)
    np.testing.assert_array_equal(np.frombuffer(content[12:], width).reshape(3, 100).T + least, symbols)


def test_packed_codes_are_hardly_larger_than_their_entropy() -> None:
    """100 bytes of xz's own and of each dimension's least value, and a few percent of the rest."""
    deviations = np.array([0.0, 0.5, 2, 8, 30])
    symbols = np.rint(np.random.default_rng(0).normal(0, deviations, (5000, 5))).astype(np.int64)
    least = 5000 * entropy(symbols)
    assert least < len(packed(symbols)) < 1.1 * least + 100


def test_shifted_codes_cost_the_same() -> None:
    symbols = np.random.default_rng(0).integers(0, 9, (2000, 4))
    assert len(packed(symbols + 1000)) == pytest.approx(len(packed(symbols)), abs=12)


@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_step_costs_a_tenth_of_a_decibel(noise: float) -> None:
    """Rounding adds step² / 12 to the squared error, so that the step follows from what may be lost."""
    codes, images = codes_and_images(1000, noise)
    step = choose_step(codes, images, decode)
    x = images / 255
    lost = psnr(x, decode(codes)).mean() - psnr(x, decode(restored(rounded(codes, step), step))).mean()
    assert 0.08 < lost <= 0.1
    error = np.square(decode(codes) - x).mean()
    assert step == pytest.approx(np.sqrt(12 * error * (10 ** (0.1 / 10) - 1)), rel=0.1)


def test_ignored_dimensions_cost_almost_nothing() -> None:
    codes, images = codes_and_images(1000)
    idle = np.hstack([codes, 1e-3 * np.random.default_rng(1).normal(size=(1000, 3))])

    def first_four(z: Array) -> Array:
        return decode(z[:, :4])

    step = choose_step(idle, images, first_four)
    assert step == pytest.approx(choose_step(codes, images, decode))
    used, all_seven = rounded(codes, step), rounded(idle, step)
    np.testing.assert_array_equal(first_four(restored(all_seven, step)), decode(restored(used, step)))
    assert len(packed(all_seven)) / 1000 == pytest.approx(len(packed(used)) / 1000, abs=0.1)


def test_a_finer_step_is_better_and_larger() -> None:
    codes, images = codes_and_images(300, noise=0.01)
    fine, coarse = (compressed(codes, images, decode, step) for step in (0.01, 0.2))
    assert fine.psnr.value > coarse.psnr.value + 3
    assert fine.bytes_per_image > coarse.bytes_per_image + 1
    assert fine.png_bytes == coarse.png_bytes
    assert fine.webp_bytes > coarse.webp_bytes


def test_codebook_entries_are_compressed_as_their_numbers() -> None:
    random = np.random.default_rng(0)
    book = np.linspace(0, 1, 16)
    indices = random.integers(0, 16, (400, 4))
    images = np.rint(255 * decode(book[indices])).astype(np.uint8)
    files = image_files.measure(images)
    found = compare(indices, images, decode(book[indices]), files, seed=0)
    assert found.bytes_per_image == len(packed(indices)) / 400
    assert found.bytes_per_image == pytest.approx(4 * 4 / 8, rel=0.25), "four bits each"
    assert found.psnr.low <= found.psnr.value <= found.psnr.high
    assert compare(indices, images, decode(book[indices]), files, seed=0) == found


def pca(context: Context) -> Autoencoder:
    model = build("pca", {"latent_dim": 10}, SHAPE, seed=0).eval()
    model.solve(context.train)
    return model


def test_rounded_codes_cost_little_and_are_small(context: Context) -> None:
    model = pca(context)
    found = metrics(model, context)
    exact = np.mean([psnr(*pair).mean() for pair in reconstruct(model, context.test)])
    # The step was chosen on validation images, to lose 0.1 dB there.
    assert exact - 0.2 < found.psnr.value < exact + 0.05
    assert 0 < found.bytes_per_image < 2 * model.latent_dim
    assert found.bytes_per_image < found.webp_bytes


def test_codebook_entries_are_not_rounded(context: Context) -> None:
    model = build("vqvae", {"latent_dim": 8, "codes": 4, "channels": [4, 4]}, SHAPE, seed=0).eval()
    found = metrics(model, context)
    pairs = reconstruct(model, context.test)
    assert found.psnr.value == pytest.approx(np.concatenate([psnr(*pair) for pair in pairs]).mean())
    # Four places of two bits each, and what the file needs beside.
    assert found.bytes_per_image < 1.2


def test_later_images_do_not_count_and_a_rerun_is_the_same(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourglass.evaluation.measures.compression.COMPRESSED", 40)
    model = pca(context)
    first = Context(
        context.train,
        context.validation.first(40),
        context.test.first(40),
        context.reference,
        context.files,
        1,
        context.seed,
    )
    assert metrics(model, context) == metrics(model, first)
    other = ImageSet(np.concatenate([context.test[:39], 255 - context.test[39:40]]))
    assert metrics(model, context) != metrics(
        model, Context(context.train, context.validation, other, context.reference, context.files, 1, context.seed)
    )


def test_compression_applies_where_a_receiver_can_decode_alone(context: Context) -> None:
    noise = {"noise": "gaussian", "level": 0.5, "latent_dim": 3, "channels": [4], "hidden": 8}
    cvae = build("cvae", {"latent_dim": 3, "hidden": [8]}, SHAPE, seed=0)
    vqvae = build("vqvae", {"latent_dim": 8, "codes": 4, "channels": [4, 4]}, SHAPE, seed=0)
    assert applies(pca(context))
    assert applies(vqvae)
    assert not applies(cvae)
    assert not applies(build("denoising", noise, SHAPE, seed=0))
