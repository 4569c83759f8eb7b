import re

import pytest
import torch

from hourglass.core.errors import SettingsError
from hourglass.models.build import build, find, modules

SHAPE = (1, 8, 8)


def test_modules_are_the_files_in_variants() -> None:
    assert {"pca", "vae", "rotated"} <= set(modules())
    assert "__init__" not in modules()


def test_an_unknown_module_names_the_nearest() -> None:
    message = "params.yaml: variants.x.module: 'vea' is not a file in variants/; did you mean vae?"
    with pytest.raises(SettingsError, match=re.escape(message)):
        find("vea", "variants.x")


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(SettingsError, match=r"params\.yaml: variants\.x\.hidden: missing; it has no default"):
        build("vae", {"latent_dim": 3}, SHAPE, seed=0, where="variants.x")


def test_a_description_holds_every_setting() -> None:
    """Defaults too: a model file can be read after a default has changed."""
    assert build("vae", {"latent_dim": 3, "hidden": [4]}, SHAPE, seed=0).description == {
        "module": "vae",
        "settings": {"latent_dim": 3, "hidden": [4], "loss": "bce", "beta": 1.0, "binarise": False},
        "image_shape": [1, 8, 8],
    }


def test_weights_follow_from_the_seed_alone() -> None:
    built = []
    for elsewhere in (1, 2):
        torch.manual_seed(elsewhere)
        built.append(build("vanilla", {"latent_dim": 3}, SHAPE, seed=7).state_dict())
    assert all(value.equal(built[1][name]) for name, value in built[0].items())
