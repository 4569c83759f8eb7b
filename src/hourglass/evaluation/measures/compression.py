"""Compression: how many bytes latent codes take after entropy coding, beside PNG and WebP of the same images.

Real-valued codes are rounded to multiples of a step, the same for all dimensions. A decoder whose dimensions weigh
alike loses least by it, and dimensions that hardly vary become zeros, which cost almost nothing. Codebook entries are
whole numbers already. The decoder itself is not counted, as it is not for PNG and WebP.

All codes go into one file, one dimension after the other, so that an adaptive coder (LZMA's range coder, of Python's
standard library) learns how often each value occurs. The overhead of the file and of what it learns is counted, and
shared by all images.
"""

import lzma
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hourglass.core.intervals import mean_estimate
from hourglass.core.metrics import Estimate
from hourglass.data.imageset import to_unit
from hourglass.evaluation.context import Context, Examples
from hourglass.evaluation.image_files import COMPRESSED, Arrangement, FileSizes
from hourglass.evaluation.image_quality import psnr
from hourglass.evaluation.inference import Floats, codebook_indices, decode, decode_indices, encode
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.quantiser import Quantised

Pixels = NDArray[np.uint8]
Codes = NDArray[np.floating]
Symbols = NDArray[np.integer]
# Latent codes (N, D), all at once and in order -> images (N, C, H, W) in [0, 1].
Decode = Callable[[NDArray[np.float32]], NDArray[np.floating]]

# What rounding may cost, in dB.
LOSS = 0.1
# Steps are tried between the largest standard deviation of a dimension times 2^4 and times 2^-12, to a twelfth of an
# octave.
COARSEST, FINEST, FRACTIONS = 4, -12, 12


@dataclass(frozen=True)
class Compression:
    """Bytes per image, and the quality that they buy.

    bytes_per_image: of the codes, entropy-coded together. psnr: of what is decoded from them, in dB.
    png_bytes: of one PNG file per image, without loss.
    webp_bytes: of one WebP file per image, the smallest that reaches `psnr`, of the image or of one shrunk 2 or 4
        times. webp_psnr: its PSNR, lower than `psnr` only where no WebP reaches that.
    png_sheet_bytes, webp_sheet_bytes, webp_sheet_psnr: the same of one sheet of all images.
    """

    bytes_per_image: float
    psnr: Estimate
    png_bytes: float
    webp_bytes: float
    webp_psnr: float
    png_sheet_bytes: float
    webp_sheet_bytes: float
    webp_sheet_psnr: float


def applies(model: Autoencoder) -> bool:
    """Applies where codes stand for the very images that went in, and decoding needs no class."""
    return not model.restores and not model.conditional


def metrics(model: Autoencoder, context: Context) -> Compression:
    """Compress the first test images; real-valued codes are rounded to a step chosen on validation images."""
    validation, test = context.validation.first(COMPRESSED), context.test.first(COMPRESSED)
    if isinstance(model, Quantised):
        indices = codebook_indices(model, test)
        return compare(indices, test[:], decode_indices(model, indices), context.files, context.seed)

    def decoded(codes: Floats) -> Floats:
        return decode(model, codes, np.zeros(len(codes), np.int64))

    step = choose_step(encode(model, validation), validation[:], decoded)
    symbols = rounded(encode(model, test), step)
    return compare(symbols, test[:], decoded(restored(symbols, step)), context.files, context.seed)


def examples(model: Autoencoder, context: Context) -> Examples:
    """Returns no examples."""
    return {}


def choose_step(codes: Codes, images: Pixels, decode: Decode) -> float:
    """The largest step that costs at most 0.1 dB of PSNR when codes (N, D) are rounded to its multiples.

    Args:
        images: what the codes stand for, uint8 (N, C, H, W).
    """
    x = to_unit(images, np.float64)
    least = float(psnr(x, decode(codes.astype(np.float32))).mean()) - LOSS
    # The loss grows with the step, so that halving the range finds the last one that is small enough.
    low, high = FINEST * FRACTIONS, COARSEST * FRACTIONS
    largest = float(codes.std(0).max())
    while high - low > 1:
        middle = (low + high) // 2
        step = largest * 2 ** (middle / FRACTIONS)
        if psnr(x, decode(restored(rounded(codes, step), step))).mean() >= least:
            low = middle
        else:
            high = middle
    return largest * 2 ** (low / FRACTIONS)


def compare(
    symbols: Symbols,
    images: Pixels,
    decoded: NDArray[np.floating],
    files: Mapping[Arrangement, FileSizes],
    seed: int,
) -> Compression:
    """Compare whole-numbered codes (N, D) with files of the images that they stand for.

    Args:
        images: uint8 (N, C, H, W). decoded: what the decoder makes of the codes, in the same shape.
        files: PNG and WebP files of these images.
    """
    quality = mean_estimate(psnr(to_unit(images, np.float64), decoded), seed)
    single, sheet = files["single"], files["sheet"]
    webp, webp_sheet = (sizes.smallest_webp(quality.value) for sizes in (single, sheet))
    return Compression(
        bytes_per_image=len(packed(symbols)) / len(images),
        psnr=quality,
        png_bytes=single.png_bytes,
        webp_bytes=webp.bytes,
        webp_psnr=webp.psnr,
        png_sheet_bytes=sheet.png_bytes,
        webp_sheet_bytes=webp_sheet.bytes,
        webp_sheet_psnr=webp_sheet.psnr,
    )


def rounded(codes: Codes, step: float) -> NDArray[np.int64]:
    """Codes (N, D) in steps, to the nearest whole number."""
    return np.rint(codes / step).astype(np.int64)


def restored(symbols: NDArray[np.int64], step: float) -> Floats:
    """The codes (N, D) that `rounded` symbols stand for."""
    return (symbols * step).astype(np.float32)


def packed(symbols: Symbols) -> bytes:
    """Whole numbers (N, D) as one file: the least of each dimension, then what each number exceeds it by."""
    least = symbols.min(0)
    above = symbols - least
    narrow = above.T.astype(np.min_scalar_type(above.max()))
    return lzma.compress(least.astype(np.int32).tobytes() + narrow.tobytes())
