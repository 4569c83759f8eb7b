import re
from collections.abc import Callable
from typing import Any, Literal

import pytest
from pydantic import Field, PositiveFloat, PositiveInt, ValidationError

from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.core.params import Settings

Write = Callable[[str], None]


class Training(Settings):
    """A section as a stage would declare it."""

    epochs: PositiveInt
    learning_rate: PositiveFloat = 0.1
    loss: Literal["mse", "bce"] = "mse"
    channels: tuple[int, ...] = Field((), strict=False)  # YAML has lists only


def test_a_section_is_read_and_defaults_fill_what_it_leaves_out(write_params: Write) -> None:
    write_params("train: {epochs: 3, loss: bce, channels: [4, 8]}\nother: {ignored: 1}")
    assert params.section("train", Training) == Training(epochs=3, learning_rate=0.1, loss="bce", channels=(4, 8))


def test_what_one_reader_changes_the_next_one_does_not_see(write_params: Write) -> None:
    write_params("variants: {pca: {module: pca}}")
    params.read()["variants"]["pca"]["module"] = "vae"
    assert params.variant("pca") == {"module": "pca"}
    write_params("variants: {pca: {module: tied}}")
    assert params.variant("pca") == {"module": "tied"}


@pytest.mark.parametrize("text", ["1e-3", "1E-3", "0.001", "1.0e-3"])
def test_a_number_without_a_decimal_point_is_a_number(write_params: Write, text: str) -> None:
    """YAML 1.1 reads 1e-3 as a string; DVC and we read YAML 1.2."""
    write_params(f"train: {{epochs: 1, learning_rate: {text}}}")
    assert params.section("train", Training).learning_rate == 0.001


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epochs": 1, "lerning_rate": 1.0}, "train.lerning_rate: unknown setting; did you mean learning_rate?"),
        ({"epochs": 1, "zzz": 1}, "train.zzz: unknown setting; allowed: channels, epochs, learning_rate, loss"),
        ({"epoch": 1}, "train.epoch: unknown setting; did you mean epochs?"),
        ({}, "train.epochs: missing; it has no default"),
        ({"epochs": "3"}, "train.epochs: input should be a valid integer, got '3'"),
        ({"epochs": 3.0}, "train.epochs: input should be a valid integer, got 3.0"),
        ({"epochs": True}, "train.epochs: input should be a valid integer, got True"),
        ({"epochs": None}, "train.epochs: input should be a valid integer, got None"),
        ({"epochs": 0}, "train.epochs: input should be greater than 0, got 0"),
        ({"epochs": 1, "learning_rate": float("nan")}, "train.learning_rate: input should be "),
        ({"epochs": 1, "learning_rate": float("inf")}, "train.learning_rate: input should be a finite number, got inf"),
        ({"epochs": 1, "loss": "mae"}, "train.loss: input should be 'mse' or 'bce', got 'mae'"),
        ({"epochs": 1, "channels": [1, "2"]}, "train.channels.1: input should be a valid integer, got '2'"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"params.yaml: {message}")) as caught:
        params.check("train", values, Training)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("values", [5, None, "mse", [1]])
def test_what_is_no_mapping_of_settings_is_refused(values: Any) -> None:
    with pytest.raises(SettingsError, match=re.escape("params.yaml: accept.it: ")):
        params.check("accept.it", values, Training)


def test_settings_are_read_only() -> None:
    settings = Training(epochs=1)
    with pytest.raises(ValidationError, match="frozen"):
        settings.epochs = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train: {epochs: 1, epochs: 2}", 'duplicate key "epochs"'),
        ("train: {epochs: 1", "params.yaml is not valid YAML"),
        ("- train", "params.yaml: expected a mapping of sections"),
        ("", "params.yaml: expected a mapping of sections"),
        ("trian: {epochs: 1}", "params.yaml: train: expected a mapping of settings, got None"),
        ("train: 5", "params.yaml: train: expected a mapping of settings, got 5"),
    ],
    ids=["duplicate", "syntax", "list", "empty", "absent", "scalar"],
)
def test_a_file_that_cannot_be_a_section_is_refused_in_one_line(write_params: Write, text: str, message: str) -> None:
    write_params(text)
    with pytest.raises(SettingsError, match=re.escape(message)) as caught:
        params.section("train", Training)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("write_params")
def test_a_missing_file_says_where_to_run() -> None:
    with pytest.raises(SettingsError, match=r"params\.yaml is missing; run from the repository's root"):
        params.read()


def test_common_settings_stand_at_the_top_beside_the_sections(write_params: Write) -> None:
    write_params("seed: 7\nthreads: 2\ntrain: {epochs: 1}")
    assert params.common() == params.Common(seed=7, threads=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("threads: 1", "params.yaml: seed: missing"),
        ("seed: -1\nthreads: 1", "params.yaml: seed: input should be greater than or equal to 0, got -1"),
        ("seed: 1\nthreads: 0", "params.yaml: threads: input should be greater than 0, got 0"),
    ],
)
def test_a_wrong_common_setting_is_named(write_params: Write, text: str, message: str) -> None:
    write_params(text)
    with pytest.raises(SettingsError, match=message):
        params.common()


def test_a_variant_is_returned_as_it_stands(write_params: Write) -> None:
    write_params("variants: {vae: {module: vae, beta: 1e-1}, pca: {module: pca}}")
    assert params.variant("vae") == {"module": "vae", "beta": 0.1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("variants: {vae: {module: vae}, pca: {module: pca}}", "variants.vea: unknown variant; did you mean vae?"),
        ("variants: {pca: {module: pca}}", "variants.vea: unknown variant; allowed: pca"),
        ("variants: {vea: 3}", "variants.vea: expected a mapping with `module`, got 3"),
        ("variants: {}", "variants: expected a mapping of names to settings, got {}"),
        ("seed: 1", "variants: expected a mapping of names to settings, got None"),
    ],
)
def test_a_variant_that_is_not_there_is_refused(write_params: Write, text: str, message: str) -> None:
    write_params(text)
    with pytest.raises(SettingsError, match=re.escape(f"params.yaml: {message}")):
        params.variant("vea")
