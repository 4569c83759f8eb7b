"""The contract of models/autoencoder.py, held against every entry of params.yaml: a new variant needs no new test."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from ruamel.yaml import YAML
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.build import build, modules
from hourglass.training.checkpoints import load_model, save_model

VARIANTS: dict[str, dict[str, Any]] = YAML(typ="safe").load(Path(__file__).parents[2] / "params.yaml")["variants"]
SHAPES = [(1, 28, 28), (3, 32, 32), (1, 8, 8), (1, 28, 20), (1, 7, 7)]
CLASSES = 10
BATCH = 6


@pytest.fixture(params=VARIANTS)
def settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    return VARIANTS[request.param]


@pytest.fixture
def model(settings: dict[str, Any]) -> Autoencoder:
    return build(settings, (1, 28, 28), seed=0)


def batch(model: Autoencoder, shape: Shape = (1, 28, 28), count: int = BATCH) -> tuple[Tensor, Tensor | None]:
    x = torch.rand(count, *shape, generator=torch.Generator().manual_seed(3))
    return x, torch.arange(count) % CLASSES if model.conditional else None


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_file_in_variants_is_used_by_params() -> None:
    assert {settings["module"] for settings in VARIANTS.values()} == set(modules())


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def test_shapes(settings: dict[str, Any], shape: Shape) -> None:
    model = build(settings, shape, seed=0).eval()
    x, y = batch(model, shape)
    z = model.encode(x, y)
    assert z.shape == (BATCH, model.latent_dim)
    assert model.decode(z, y).shape == x.shape
    assert model.reconstruct(x, y).shape == x.shape
    assert model.score(x, y).shape == (BATCH,)
    for term in model.loss(x, y, draws()).values():
        assert term.shape == (BATCH,)
        assert term.isfinite().all()


def test_terms_belong_to_their_own_image(model: Autoencoder) -> None:
    """The mean over the batch is the training loop's business: a term must not mix images."""
    x, y = batch(model)
    model.eval()
    if model.generative:
        pytest.skip("its terms draw one random number after another, so half a batch draws others")
    whole = model.loss(x, y, draws())
    half = model.loss(x[:3], None if y is None else y[:3], draws())
    for name, term in half.items():
        torch.testing.assert_close(term, whole[name][:3])


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


def test_same_seed_builds_the_same_network(settings: dict[str, Any]) -> None:
    first, second, other = (build(settings, (1, 8, 8), seed).state_dict() for seed in (0, 0, 1))
    assert all(first[name].equal(second[name]) for name in first)
    assert not all(first[name].equal(other[name]) for name in first)


def test_saving_and_loading_is_exact(settings: dict[str, Any], model: Autoencoder, tmp_path: Path) -> None:
    file, again = tmp_path / "model.safetensors", tmp_path / "again.safetensors"
    save_model(model, settings, file)
    loaded, read = load_model(file)
    x, y = batch(model)
    assert read == settings
    torch.testing.assert_close(loaded.reconstruct(x, y), model.eval().reconstruct(x, y), rtol=0, atol=0)
    save_model(loaded, read, again)
    assert again.read_bytes() == file.read_bytes()


def test_loss_falls_on_one_batch(model: Autoencoder) -> None:
    x, y = batch(model)

    def total() -> Tensor:
        return torch.stack([term.mean() for term in model.loss(x, y, draws()).values()]).sum()

    before = total().item()
    if model.closed_form:
        model.solve((x * 255).byte())
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
    y = torch.arange(5) if model.conditional else None
    with torch.inference_mode():
        first, again, other = (model.eval().sample(5, y, draws(seed)) for seed in (0, 0, 1))
    assert first.shape == (5, 1, 28, 28)
    assert first.equal(again)
    assert not first.equal(other)
    assert first.isfinite().all()


def test_what_restores_gives_back_whole_images(settings: dict[str, Any]) -> None:
    """At the level it was trained for, which is one of those it is judged at, if there are several."""
    model = build(settings, (1, 8, 8), seed=0).eval()
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


def test_unknown_setting_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"variants\.x\.latent_dmi: unknown setting; did you mean latent_dim\?"):
        build(settings | {"latent_dmi": 3}, (1, 28, 28), seed=0, where="variants.x")


@pytest.mark.parametrize("value", [0, -1, 2.5, "many"])
def test_impossible_code_size_is_refused(settings: dict[str, Any], value: object) -> None:
    with pytest.raises(SettingsError, match=r"params\.yaml: variants\.x\.latent_dim: .*got"):
        build(settings | {"latent_dim": value}, (1, 28, 28), seed=0, where="variants.x")


def test_losses_agree_on_their_scale(settings: dict[str, Any]) -> None:
    """A term is a sum over pixels: on an image of p equal errors e, mse gives p e^2 and not its mean."""
    model = build(settings, (1, 8, 8), seed=0).eval()
    x, y = batch(model, (1, 8, 8))
    if model.loss_kind == "mse" and set(model.loss(x, y, draws())) == {"reconstruction"}:
        expected = model.score(x, y) * math.prod(x.shape[1:])
        torch.testing.assert_close(model.loss(x, y, draws())["reconstruction"], expected)
