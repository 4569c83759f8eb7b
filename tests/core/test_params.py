import re
import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, PositiveFloat, PositiveInt, ValidationError

from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.core.params import Common, Settings

Write = Callable[[str], None]


class Training(Settings):
    """A section as a stage would declare it."""

    epochs: PositiveInt
    learning_rate: PositiveFloat = 0.1
    loss: Literal["mse", "bce"] = "mse"
    channels: tuple[int, ...] = Field((), strict=False)  # YAML has lists only


class Bound(Settings):
    """An entry with a setting that Python could not name."""

    exceptions: list[str] = Field(alias="except", default_factory=list)
    within: Training | None = None
    beside: None | Training = None  # noqa: RUF036 (the order is what is tested)


class Params(Common):
    """What a stage would read."""

    train: Training


class Nested(Settings):
    """Sections of sections."""

    accept: Annotated[dict[str, Bound], Field(min_length=1, default_factory=dict)]
    variants: Annotated[Mapping[str, Training], Field(default_factory=dict)]
    phases: Annotated[list[Training], Field(default_factory=list)]


def test_a_section_is_read_and_defaults_complete_it(write_params: Write) -> None:
    write_params("seed: 1\nthreads: 2\ntrain: {epochs: 3, loss: bce, channels: [4, 8]}")
    found = params.read(Params)
    assert found == Params(seed=1, threads=2, train=Training(epochs=3, loss="bce", channels=(4, 8)))
    assert found.train.learning_rate == 0.1


@pytest.mark.parametrize("other", ["other: {ignored: 1}", "other: 5", "variants: {vae: {epochs: never}}"])
def test_sections_that_nobody_asks_for_are_not_checked(write_params: Write, other: str) -> None:
    write_params(f"seed: 1\nthreads: 2\ntrain: {{epochs: 3}}\n{other}")
    assert params.read(Params) == Params(seed=1, threads=2, train=Training(epochs=3))
    assert params.read(Common) == Common(seed=1, threads=2)


def test_a_setting_may_be_named_as_python_cannot(write_params: Write) -> None:
    write_params("accept: {it: {except: [vae]}, all: {}}")
    accept = params.read(Nested).accept
    assert (accept["it"].exceptions, accept["all"].exceptions) == (["vae"], [])


def test_content_is_the_whole_file_and_read_anew(write_params: Write) -> None:
    write_params("variants: {pca: {module: pca, beta: 1e-1}}")
    found = params.content()
    assert found == {"variants": {"pca": {"module": "pca", "beta": 0.1}}}
    found["variants"]["pca"]["module"] = "vae"
    assert params.content()["variants"]["pca"]["module"] == "pca"
    write_params("variants: {pca: {module: tied}}")
    assert params.content() == {"variants": {"pca": {"module": "tied"}}}


@pytest.mark.parametrize("text", ["1e-3", "1E-3", "0.001", "1.0e-3"])
def test_a_number_without_a_decimal_point_is_a_number(write_params: Write, text: str) -> None:
    """YAML 1.1 reads 1e-3 as a string; DVC and we read YAML 1.2."""
    write_params(f"seed: 1\nthreads: 1\ntrain: {{epochs: 1, learning_rate: {text}}}")
    assert params.read(Params).train.learning_rate == 0.001


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


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"accpet": {}}, "accpet: unknown setting; did you mean accept?"),
        ({"accept": {}}, "accept: dictionary should have at least 1 item after validation, not 0, got {}"),
        ({"accept": {"it": {"exept": []}}}, "accept.it.exept: unknown setting; did you mean except?"),
        ({"accept": {"it": {"exceptions": []}}}, "accept.it.exceptions: unknown setting; did you mean except?"),
        ({"accept": {"it": {"within": {"epoch": 1}}}}, "accept.it.within.epoch: unknown setting; did you mean epochs?"),
        ({"accept": {"it": {"beside": {"epoch": 1}}}}, "accept.it.beside.epoch: unknown setting; did you mean epochs?"),
        ({"variants": {"vae": {"epoch": 1}}}, "variants.vae.epoch: unknown setting; did you mean epochs?"),
        ({"variants": {"vae": {"epochs": "1"}}}, "variants.vae.epochs: input should be a valid integer, got '1'"),
        ({"variants": {"vae": {}}}, "variants.vae.epochs: missing; it has no default"),
        ({"variants": {"vae": 3}}, "variants.vae: expected a mapping of settings, got 3"),
        ({"variants": [1]}, "variants: expected a mapping of settings, got [1]"),
        ({"phases": [{"epochs": 1}, {"epochs": 1, "zzz": 1}]}, "phases.1.zzz: unknown setting; allowed: channels, ep"),
    ],
)
def test_a_wrong_setting_is_named_at_any_depth(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=f"^{re.escape(f'params.yaml: {message}')}"):
        params.check("", values, Nested)


@pytest.mark.parametrize("values", [5, None, "mse", [1]])
def test_what_is_no_mapping_of_settings_is_refused(values: Any) -> None:
    message = f"params.yaml: accept.it: expected a mapping of settings, got {values!r}"
    with pytest.raises(SettingsError, match=re.escape(message)):
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
        ("seed: 1\nthreads: 1\ntrian: {epochs: 1}", "params.yaml: train: missing; it has no default"),
        ("seed: 1\nthreads: 1\ntrain: 5", "params.yaml: train: expected a mapping of settings, got 5"),
        ("seed: 1\nthreads: 1\ntrain:", "params.yaml: train: expected a mapping of settings, got None"),
    ],
    ids=["duplicate", "syntax", "list", "empty", "absent", "scalar", "null"],
)
def test_a_file_without_the_section_is_refused_in_one_line(write_params: Write, text: str, message: str) -> None:
    write_params(text)
    with pytest.raises(SettingsError, match=re.escape(message)) as caught:
        params.read(Params)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("write_params")
def test_a_missing_file_says_where_to_run() -> None:
    with pytest.raises(SettingsError, match=r"params\.yaml is missing; run from the repository's root"):
        params.read(Params)


def test_a_file_that_is_no_text_is_refused(write_params: Write) -> None:
    write_params("")
    params.PARAMS.write_bytes(b"seed: \xff")
    with pytest.raises(SettingsError, match=r"params\.yaml is not valid YAML"):
        params.read(Params)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("threads: 1", "params.yaml: seed: missing"),
        ("seed: -1\nthreads: 1", "params.yaml: seed: input should be greater than or equal to 0, got -1"),
        ("seed: 4294967296\nthreads: 1", "params.yaml: seed: input should be less than 4294967296, got 4294967296"),
        ("seed: 1\nthreads: 0", "params.yaml: threads: input should be greater than 0, got 0"),
    ],
)
def test_a_wrong_common_setting_is_named(write_params: Write, text: str, message: str) -> None:
    write_params(text)
    with pytest.raises(SettingsError, match=message):
        params.read(Common)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: " + "9" * 5000, "line 1: a value of 5,000 characters, more than 4,096"),
        ("train: {epochs: " + "9" * 4000 + "}", "train.epochs: a number of 4000 digits; at most 2^53 is allowed"),
        ("train: {sizes: [1, -9007199254740993]}", "train.sizes.1: a number of 16 digits; at most 2^53 is allowed"),
        ("seed: " + "[" * 5000 + "]" * 5000, "line 1: nested more than 32 levels deep"),
        ("a:\n" + "".join(" " * depth + "a:\n" for depth in range(1, 900)), "line 33: nested more than 32 levels deep"),
        ("a: &a [x, x]\nb: &b [*a, *a]", "line 2: an alias (*a); write the settings out"),
        ("train: &train {epochs: 1}\nother:\n  <<: *train", "line 3: an alias (*train); write the settings out"),
        ("seed: 1\n# " + "x" * 2**21, "2,097,162 characters, more than 1,048,576"),
        ("seed: 2020-13-45", "params.yaml is not valid YAML: month must be in 1..12"),
        ("seed: !!python/object:os.system x", "params.yaml is not valid YAML: could not determine a constructor"),
    ],
    ids=["digits", "number", "negative", "levels", "indents", "bomb", "merge", "size", "date", "object"],
)
def test_a_file_beyond_the_limits_is_refused_at_once(write_params: Write, text: str, message: str) -> None:
    write_params(text)
    started = time.process_time()
    with pytest.raises(SettingsError, match=re.escape(message)) as caught:
        params.content()
    assert time.process_time() - started < 1
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


def test_an_alias_bomb_is_refused_before_it_unfolds(write_params: Write) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    write_params("\n".join(lines))
    with pytest.raises(SettingsError, match=re.escape("line 2: an alias (*a0)")):
        params.content()


def test_a_long_value_is_cut_in_a_message() -> None:
    with pytest.raises(SettingsError, match=r"train\.epochs: .*\.\.\.$") as caught:
        params.check("train", {"epochs": "x" * 4000}, Training)
    assert len(str(caught.value)) < 400
