"""The contract of models/autoencoder.py, for every variant in params.yaml: a new one needs no test of its own."""

import json
import math
from pathlib import Path

import pytest
import torch
from ruamel.yaml import YAML
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.core.params import check
from hourglass.data.imageset import ImageSet
from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.build import build, modules, rebuild, untrained
from hourglass.models.checkpoints import load_model, save_model
from hourglass.training.settings import VariantSettings

PARAMS = YAML(typ="safe").load(Path(__file__).parents[2] / "params.yaml")
VARIANTS = {name: check(f"variants.{name}", entry, VariantSettings) for name, entry in PARAMS["variants"].items()}
SHAPES = [(1, 28, 28), (3, 32, 32), (1, 8, 8), (1, 28, 20), (1, 7, 7)]
CLASSES = 10
BATCH = 6


@pytest.fixture(params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> VariantSettings:
    return VARIANTS[request.param]


def make(variant: VariantSettings, shape: Shape = (1, 28, 28), seed: int = 0, **more: object) -> Autoencoder:
    return build(variant.module, variant.network | more, shape, seed, where="variants.x")


@pytest.fixture
def model(variant: VariantSettings) -> Autoencoder:
    return make(variant)


def batch(model: Autoencoder, shape: Shape = (1, 28, 28), count: int = BATCH) -> tuple[Tensor, Tensor | None]:
    x = torch.rand(count, *shape, generator=draws(3))
    return x, model.condition(torch.arange(count) % CLASSES)


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_file_in_variants_is_used_by_params() -> None:
    assert {variant.module for variant in VARIANTS.values()} == set(modules())


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def test_shapes_follow_the_contract(variant: VariantSettings, shape: Shape) -> None:
    model = make(variant, shape).eval()
    x, y = batch(model, shape)
    z = model.encode(x, y)
    assert z.shape == (BATCH, model.latent_dim)
    assert model.decode(z, y).shape == x.shape
    assert model.reconstruct(x, y).shape == x.shape
    assert model.score(x, y).shape == (BATCH,)
    for term in model.loss(x, y, draws()).values():
        assert term.shape == (BATCH,)
        assert term.isfinite().all()


def test_a_loss_term_does_not_mix_images(model: Autoencoder) -> None:
    """The training loop takes the mean over the batch, so a term belongs to one image."""
    x, y = batch(model)
    model.eval()
    terms = model.loss(x, y, draws())
    others = model.loss(torch.cat([x[:3], 1 - x[3:]]), y, draws())
    for name, term in others.items():
        torch.testing.assert_close(term[:3], terms[name][:3])


def test_every_parameter_gets_a_gradient(model: Autoencoder) -> None:
    if model.closed_form:
        pytest.skip("solved in closed form")
    torch.stack([term.mean() for term in model.loss(*batch(model), draws()).values()]).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_evaluation_is_deterministic(model: Autoencoder) -> None:
    x, y = batch(model)
    model.eval()
    for method in (model.encode, model.reconstruct, model.score):
        torch.testing.assert_close(method(x, y), method(x, y), rtol=0, atol=0)
    for first, second in zip(model.loss(x, y, draws()).values(), model.loss(x, y, draws()).values(), strict=True):
        torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_the_same_seed_builds_the_same_network(variant: VariantSettings) -> None:
    first, second, other = (make(variant, (1, 8, 8), seed).state_dict() for seed in (0, 0, 1))
    assert all(first[name].equal(second[name]) for name in first)
    assert not all(first[name].equal(other[name]) for name in first)


def test_saving_and_loading_is_exact(model: Autoencoder, tmp_path: Path) -> None:
    file, again = tmp_path / "model.safetensors", tmp_path / "again.safetensors"
    save_model(model, file)
    loaded = load_model(file)
    x, y = batch(model)
    assert loaded.description == model.description
    torch.testing.assert_close(loaded.reconstruct(x, y), model.eval().reconstruct(x, y), rtol=0, atol=0)
    save_model(loaded, again)
    assert again.read_bytes() == file.read_bytes()


def test_a_description_survives_json(model: Autoencoder) -> None:
    description = json.loads(json.dumps(model.description))
    assert description == model.description
    again = rebuild(description, model.state_dict())
    assert not again.training
    assert again.description == model.description
    assert same_weights(again, model)


def test_untrained_is_a_fresh_build(variant: VariantSettings) -> None:
    model = make(variant, (1, 8, 8), seed=1)
    with torch.no_grad():
        for value in (*model.parameters(), *model.buffers()):
            value.add_(1)
    fresh = untrained(model, seed=3)
    assert not fresh.training
    assert fresh.description == model.description
    assert same_weights(fresh, make(variant, (1, 8, 8), seed=3))
    assert not same_weights(fresh, model)


def test_labels_reach_conditional_networks_only(model: Autoencoder) -> None:
    y = torch.arange(BATCH)
    assert model.condition(y) is (y if model.conditional else None)


def same_weights(first: Autoencoder, second: Autoencoder) -> bool:
    ours, theirs = first.state_dict(), second.state_dict()
    return ours.keys() == theirs.keys() and all(value.equal(theirs[name]) for name, value in ours.items())


def test_loss_falls_on_one_batch(model: Autoencoder) -> None:
    x, y = batch(model)

    def total() -> Tensor:
        return torch.stack([term.mean() for term in model.loss(x, y, draws()).values()]).sum()

    before = total().item()
    if model.closed_form:
        model.solve(ImageSet((x * 255).byte().numpy()))
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for _ in range(30):
            optimizer.zero_grad()
            total().backward()
            optimizer.step()
    assert total().item() < 0.9 * before


def test_samples_are_images(model: Autoencoder) -> None:
    if not model.generative:
        with pytest.raises(NotImplementedError):
            model.sample(2, None, draws())
        return
    y = model.condition(torch.arange(5))
    with torch.inference_mode():
        first, again, other = (model.eval().sample(5, y, draws(seed)) for seed in (0, 0, 1))
    assert first.shape == (5, 1, 28, 28)
    assert first.equal(again)
    assert not first.equal(other)
    assert first.isfinite().all()


def test_restored_images_have_the_image_shape(variant: VariantSettings) -> None:
    """At the level of training, which is among the levels of the evaluation, if there are any."""
    model = make(variant, (1, 8, 8)).eval()
    x, _ = batch(model, (1, 8, 8))
    if not model.restores:
        with pytest.raises(NotImplementedError):
            model.corrupt(x, 0.5, draws())
        return
    assert not model.levels or model.level in model.levels
    observed, again = (model.corrupt(x, model.level, draws()) for _ in range(2))
    torch.testing.assert_close(observed, again, rtol=0, atol=0, equal_nan=True)
    assert observed.shape[:2] == x.shape[:2]
    assert observed.shape != x.shape or not observed.equal(x)
    restored = model.restore(observed)
    assert restored.shape == x.shape
    assert restored.isfinite().all()
    torch.testing.assert_close(model.restore(again), restored, rtol=0, atol=0)


def test_an_unknown_setting_names_the_nearest(variant: VariantSettings) -> None:
    with pytest.raises(SettingsError, match=r"variants\.x\.latent_dmi: unknown setting; did you mean latent_dim\?"):
        make(variant, latent_dmi=3)


@pytest.mark.parametrize("value", [0, -1, 2.5, "many"])
def test_an_impossible_latent_dim_is_an_error(variant: VariantSettings, value: object) -> None:
    with pytest.raises(SettingsError, match=r"params\.yaml: variants\.x\.latent_dim: .*got"):
        make(variant, latent_dim=value)


def test_reconstruction_is_a_sum_over_pixels(variant: VariantSettings) -> None:
    """With p pixels, the term is p times the mean squared error that `score` returns."""
    model = make(variant, (1, 8, 8)).eval()
    x, y = batch(model, (1, 8, 8))
    if model.loss_kind == "mse" and set(model.loss(x, y, draws())) == {"reconstruction"}:
        expected = model.score(x, y) * math.prod(x.shape[1:])
        torch.testing.assert_close(model.loss(x, y, draws())["reconstruction"], expected)
