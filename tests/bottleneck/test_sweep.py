import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from hourglass.bottleneck.settings import SweepSettings
from hourglass.bottleneck.sweep import Splits, sweep
from hourglass.core.errors import SettingsError
from hourglass.core.params import check
from hourglass.data.imageset import ImageSet, to_unit

NORMAL = 3
SETTINGS = check(
    "sweep",
    {
        "latent_dims": [2, 8, 65],
        "images": 500,
        "train": {"epochs": 1},
        "train_normal": {"epochs": 1},
        "variants": {"pca": {"module": "pca"}, "wrong": {"module": "undercomplete", "hiden": [8]}},
    },
    SweepSettings,
)


@pytest.fixture(scope="module")
def splits(digits: ImageSet) -> Splits:
    train, validation, test = (digits.subset(rows) for rows in (slice(900), slice(900, 1200), slice(1200, None)))
    return Splits(train, validation, test, (NORMAL,))


def flat(images: ImageSet) -> np.ndarray:
    return to_unit(images[:], np.float64).reshape(len(images), -1)


def errors(pca: PCA, images: ImageSet) -> np.ndarray:
    rebuilt = pca.inverse_transform(pca.transform(flat(images)))
    return np.asarray(np.square(rebuilt - flat(images)).mean(1))


def test_sizes_beyond_the_number_of_pixels_are_left_out(splits: Splits) -> None:
    assert [latent_dim for latent_dim, _ in sweep("pca", SETTINGS, splits, seed=1)] == [2, 8]


def test_more_dimensions_rebuild_better_and_tell_more(splits: Splits) -> None:
    (_, few), (_, many) = sweep("pca", SETTINGS, splits, seed=1)
    assert many.validation_mse.high < few.validation_mse.low
    assert many.knn_accuracy
    assert few.knn_accuracy
    assert many.knn_accuracy.low > few.knn_accuracy.high


def test_metrics_are_of_the_two_networks(splits: Splits) -> None:
    """One learns from the first images of all classes, the other from all images of the normal class."""
    (_, found), _ = sweep("pca", SETTINGS, splits, seed=1)
    general = PCA(2).fit(flat(splits.train.first(500)))
    assert found.validation_mse.value == pytest.approx(errors(general, splits.validation).mean(), rel=1e-3)
    normal = PCA(2).fit(flat(splits.train.of_class(NORMAL)))
    scores, anomalous = errors(normal, splits.test), splits.test.labels != NORMAL
    assert found.roc_auc.value == pytest.approx(roc_auc_score(anomalous, scores), abs=2e-3)
    assert found.roc_auc.low < found.roc_auc.value < found.roc_auc.high


def test_misspelt_setting_is_named_with_its_place(splits: Splits) -> None:
    with pytest.raises(SettingsError, match=r"sweep.variants.wrong.hiden: unknown setting; did you mean hidden\?"):
        next(sweep("wrong", SETTINGS, splits, seed=1))
