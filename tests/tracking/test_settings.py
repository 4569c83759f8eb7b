import pytest

from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.data.settings import DataSettings
from hourglass.tracking.settings import MlflowSettings, Names


def test_default_configuration_has_the_plain_names() -> None:
    expected = Names("hourglass", "hourglass-experiments", "hourglass-detector")
    assert MlflowSettings().names(DataSettings()) == expected


def test_no_two_configurations_share_a_name() -> None:
    normal: list[int | list[int | str]] = [0, 1, [0, 1]]
    configurations = [DataSettings(name=n, normal_class=c) for n in ("fashion_mnist", "digits") for c in normal]
    found = [name for data in configurations for name in vars(MlflowSettings().names(data)).values()]
    assert len(set(found)) == len(found) == 18


def test_stated_names_come_first() -> None:
    settings = MlflowSettings(experiment="mine", model="my detector")
    assert settings.names(DataSettings(name="mnist")) == Names("mine", "mine-experiments", "my detector")


@pytest.mark.parametrize(
    "values",
    [{"model": "a/b"}, {"model": "a:b"}, {"experiment": ""}, {"margin": -0.1}, {"margin": 1.0}, {"modle": "x"}],
)
def test_impossible_settings_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=f"mlflow.{next(iter(values))}"):
        params.check("mlflow", values, MlflowSettings)
