"""What `hourglass repro` refuses to look for."""

import pytest
from repository import ROOT, run

from hourglass.core.errors import SettingsError
from hourglass.pipeline import target


def test_an_unknown_variant_is_one_line_that_names_the_known_ones() -> None:
    repro = run(ROOT, "hourglass", "repro", "train@typo")
    assert repro.returncode == 2
    assert repro.stdout == ""
    line = "error: no stage 'train@typo': variants in params.yaml has no 'typo'; allowed: convolutional, "
    assert repro.stderr.startswith(line)
    assert repro.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("train@vea", r"variants in params\.yaml has no 'vea'; did you mean vae\?"),
        ("sweep@pcaa", r"sweep\.variants in params\.yaml has no 'pcaa'; did you mean pca\?"),
        ("trian@vae", r"no file and no stage 'trian@vae'; did you mean train\?"),
        ("prepare@vae", r"no file and no stage 'prepare@vae'; did you mean prepare\?"),
        ("missing.yaml", r"no file and no stage 'missing\.yaml'; allowed: accept, "),
    ],
)
def test_an_unknown_stage_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, message: str) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SettingsError, match=message):
        target.require(name)


@pytest.mark.parametrize(
    "name", ["dvc.yaml", "train", "train@vae", "sweep@pca", "accept", "models/vae/all.safetensors"]
)
def test_files_stages_and_outputs_are_accepted(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(ROOT)
    target.require(name)
