"""How well anomaly maps localise the defects that people marked: ROC-AUC over pixels, and AUPRO.

AUPRO is the area under the curve of the per-region overlap over the false-positive rate, up to a rate of LIMIT,
divided by LIMIT. The per-region overlap at a threshold is the mean over all regions of the share of the region's
pixels above it; a region is a connected component of a mask, diagonal neighbours included. So a small defect counts as
much as a large one, where the ROC-AUC counts pixels. The false-positive rate is over all pixels outside masks. An
image without defects has no region, and all its pixels are outside.

Source: Bergmann et al. (2021), "The MVTec anomaly detection dataset: a comprehensive real-world dataset for
unsupervised anomaly detection", section 5.3, for the limit of 0.3 and the regions.
"""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from sklearn.metrics import auc as area
from sklearn.metrics import roc_curve

from hourglass.data.imageset import ImageSet
from hourglass.data.masks import DEFECT, UNKNOWN, Masks
from hourglass.data.normal import anomalous
from hourglass.detection.defects import Defective, Maps
from hourglass.detection.metrics import auc

LIMIT = 0.3
# Pixels that are ranked at most, so that memory does not grow with the number of images.
PIXELS = 2**23


def marked(images: ImageSet, masks: Masks | None, normal: Collection[int]) -> Defective | None:
    """The images whose defects are marked, and all normal ones; evenly spread ones, if they have too many pixels.

    Images of other classes without a mask are left out: where their defects are is unknown.

    Args:
        normal: numbers of the normal classes; without a mask, none of their pixels belongs to a defect.

    Returns:
        None if no pixel is marked.
    """
    if masks is None:
        return None
    rows = np.flatnonzero((masks[:, 0, 0] != UNKNOWN) | ~anomalous(images.labels, normal))
    most = max(1, PIXELS // masks[0].size)
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).astype(int)]
    found = masks[rows] == DEFECT
    return Defective(images.subset(rows), found) if found.any() else None


def localise_marked(maps: Maps, masks: NDArray[np.bool_]) -> Mapping[str, float]:
    """`pixel_roc_auc` and `aupro` of anomaly maps (N, H, W), higher is more anomalous, against masks (N, H, W)."""
    return {"pixel_roc_auc": auc(maps.ravel(), masks.ravel()), "aupro": aupro(maps, masks)}


def aupro(maps: Maps, masks: NDArray[np.bool_]) -> float:
    """Area under the per-region overlap, in [0, 1]; arguments as of `localise_marked`."""
    neighbours = np.zeros((3, 3, 3), int)
    neighbours[1] = 1  # within an image, and not from one to the next
    regions, _ = label(masks, neighbours)
    # With one weight for each region, shared by its pixels, the true-positive rate is the mean overlap.
    weights = np.where(masks, 1 / np.bincount(regions.ravel())[regions], 1)
    false_positives, overlap, _ = roc_curve(masks.ravel(), maps.ravel(), sample_weight=weights.ravel())
    within = false_positives < LIMIT
    rates = np.append(false_positives[within], LIMIT)
    return float(area(rates, np.append(overlap[within], np.interp(LIMIT, false_positives, overlap))) / LIMIT)
