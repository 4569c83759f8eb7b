"""`hourglass init FOLDER`, and how a changed folder is noticed."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from repository import ROOT, run
from ruamel.yaml import YAML

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.pipeline import own_images, validate
from hourglass.pipeline.schema import Params
from tests.data.image_folders import fill, picture


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with a params.yaml that git has."""
    folder = tmp_path / "clone"
    (folder / "docs").mkdir(parents=True)
    shutil.copy(ROOT / "docs/own-images.yaml", folder / "docs")
    shutil.copy(ROOT / "params.yaml", folder)
    who = ("-c", "user.name=t", "-c", "user.email=t@t")
    for command in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "all")):
        assert run(folder, "git", *command).returncode == 0
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    fill(tmp_path / "My photos" / "good", 40)
    fill(tmp_path / "My photos" / "a dent", 9, seed=1)
    return tmp_path / "My photos"


def init(path: Path, name: str | None = None, size: int | None = None, channels: int | None = None) -> Params:
    own_images.init(path, name, size, channels)
    return validate.settings()


def test_settings_follow_from_the_folder(repository: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = init(photos)
    assert (settings.data.name, settings.data.folder) == ("my-photos", "../My photos")
    assert settings.data.images
    assert settings.data.images.classes == ["good", "a dent"]
    assert (settings.data.normal_class, settings.data.image_shape) == (0, (3, 30, 40))
    printed = capsys.readouterr().out
    assert "layout:   class folders without a split" in printed
    assert "class:    good, 40 files (normal: detectors train on it)" in printed
    assert "written:  params.yaml; read it, then run `make`" in printed


def test_variants_can_be_built_at_every_shape(repository: Path, photos: Path) -> None:
    for size in (16, 28, 64):
        validate.models(init(photos, size=size, channels=1))
        run(repository, "git", "checkout", "-q", "params.yaml")


def test_options_win_over_what_was_found(repository: Path, photos: Path) -> None:
    settings = init(photos, "parts", 64, 1)
    assert (settings.data.name, settings.data.image_shape) == ("parts", (1, 48, 64))


def test_grey_images_have_one_channel(repository: Path) -> None:
    (repository / "grey").mkdir()
    for number in range(5):
        picture(number).convert("L").convert("RGB").save(repository / "grey" / f"{number}.png")
    settings = init(repository / "grey")
    assert settings.data.folder == "grey"
    assert settings.data.image_shape[0] == 1


def test_one_class_has_no_criterion_that_needs_anomalies(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path / "flat", 10)
    settings = init(tmp_path / "flat")
    assert settings.accept.keys() == {"false_alarms"}
    assert "anomalies: none among the images" in capsys.readouterr().out


def uncommitted(folder: Path) -> None:
    with (folder / "params.yaml").open("a") as file:
        file.write("# mine\n")


def no_repository(folder: Path) -> None:
    shutil.rmtree(folder / ".git")


@pytest.mark.parametrize("spoil", [uncommitted, no_repository])
def test_settings_that_git_does_not_have_are_kept(
    repository: Path, photos: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(repository)
    before = Path("params.yaml").read_bytes()
    with pytest.raises(SettingsError, match="content that git does not have; commit it, or move it away"):
        init(photos)
    assert Path("params.yaml").read_bytes() == before


@pytest.mark.parametrize(("size", "shape"), [(28, (21, 28)), (100, (75, 100)), (16, (16, 16))])
def test_a_stated_size_is_not_rounded(
    repository: Path, photos: Path, size: int, shape: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(photos, size=size).data.image_shape[1:] == shape
    assert f"read as {shape[1]} x {shape[0]}" in capsys.readouterr().out


def test_a_size_that_networks_cannot_take_is_refused(repository: Path, photos: Path) -> None:
    before = Path("params.yaml").read_bytes()
    with pytest.raises(SettingsError, match="--size: 8; images need at least 16 pixels a side"):
        init(photos, size=8)
    assert Path("params.yaml").read_bytes() == before


def test_a_long_folder_name_becomes_a_possible_name(repository: Path, photos: Path) -> None:
    long = photos.rename(photos.parent / f"2 {'parts ' * 20}")
    name = init(long).data.name
    assert name.startswith("images-2-parts-parts")
    assert len(name) <= 64


def test_a_class_without_an_image_is_left_out(
    repository: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "notes").mkdir()
    (photos / "notes" / "notes.txt").write_text("no image")
    (photos / "a dent" / "0.txt").write_text("no image, but others are")
    settings = init(photos)
    assert settings.data.images
    assert settings.data.images.classes == ["good", "a dent"]
    assert "left out: class notes, none of whose files is an image" in capsys.readouterr().out
    own_images.require_current()


@pytest.mark.parametrize("size", [16, 128])
def test_comments_stay_above_what_they_are_about(repository: Path, photos: Path, size: int) -> None:
    """In each section that a small folder, or large images, change; and no line is wrapped."""
    assert init(photos, size=size).detect.variants
    written = Path("params.yaml").read_text()
    template = Path("docs/own-images.yaml").read_text()
    for heading in re.findall(r"(?m)^# .*\n[a-z_]+:", template)[1:]:
        assert f"\n\n{heading}" in written
    assert re.search(r"(?m)^  candidates: \[.*\]$", written)
    assert not re.search(r" \n", written)


@pytest.mark.parametrize("name", ["mnist", "My Parts", "../x", "a" * 65])
def test_impossible_names_are_refused(repository: Path, photos: Path, name: str) -> None:
    before = Path("params.yaml").read_bytes()
    with pytest.raises(SettingsError, match="--name: "):
        init(photos, name)
    assert Path("params.yaml").read_bytes() == before


def test_a_folder_without_an_image_is_refused(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.png").write_text("no image")
    with pytest.raises(HourglassError, match="none of 1 files looked at is an image"):
        init(tmp_path / "texts")


def test_a_changed_folder_changes_the_digest_alone(
    repository: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init(photos)
    before = Path("params.yaml").read_text()
    own_images.refresh()
    assert Path("params.yaml").read_text() == before
    Image.new("L", (9, 9)).save(photos / "good" / "new.png")
    with pytest.raises(HourglassError, match="has changed; run `hourglass repro`"):
        own_images.require_current()
    assert Path("params.yaml").read_text() == before, "what only looks changes nothing"
    own_images.refresh()
    own_images.require_current()
    after = Path("params.yaml").read_text()
    digest = re.compile(r"digest: \S+")
    assert after != before
    assert digest.sub("", after) == digest.sub("", before)
    assert "the folder of images has changed" in capsys.readouterr().out
    assert YAML(typ="safe").load(after)["data"]["images"]["digest"]
    validate.settings()


def test_a_digest_in_another_form_is_refreshed_or_named(repository: Path, photos: Path) -> None:
    init(photos)
    text = Path("params.yaml").read_text()
    Image.new("L", (9, 9)).save(photos / "good" / "new.png")
    Path("params.yaml").write_text(text.replace("digest:", '"digest" :'))
    own_images.refresh()
    own_images.require_current()
    folded = re.sub(r"digest: (\S+)", r"digest:\n        >-\n        \1", text)
    Path("params.yaml").write_text(folded)
    with pytest.raises(SettingsError, match=r"the folder has changed; write digest: '[0-9a-f]{16}'$"):
        own_images.refresh()
    assert Path("params.yaml").read_text() == folded


def test_a_folder_that_is_not_here_changes_nothing(repository: Path, photos: Path) -> None:
    """On another machine results stay up to date."""
    init(photos)
    before = Path("params.yaml").read_text()
    shutil.rmtree(photos)
    own_images.refresh()
    assert Path("params.yaml").read_text() == before


def test_known_datasets_need_no_refreshing(repository: Path) -> None:
    before = Path("params.yaml").read_text()
    own_images.refresh()
    assert Path("params.yaml").read_text() == before


def test_large_images_get_variants_that_suit_them(repository: Path, photos: Path) -> None:
    settings = init(photos, size=128)
    assert "pca" not in settings.variants
    assert settings.sweep.variants.keys() == {"undercomplete"}
    assert settings.variants["convolutional"].network["channels"] == [16, 32, 64, 64]
    validate.models(settings)


@pytest.mark.parametrize("metric", ["representation.knn_accuracy", "generation.frechet"])
def test_criteria_about_classes_need_two(repository: Path, tmp_path: Path, metric: str) -> None:
    """Found before anything is trained."""
    fill(tmp_path / "flat", 10)
    init(tmp_path / "flat")
    file = repository / "params.yaml"
    file.write_text(file.read_text().replace("detect.false_alarm_rate", f"evaluate.{metric}"))
    message = f"accept.false_alarms.metric: evaluate.{metric} is measured with images of at least two classes"
    with pytest.raises(SettingsError, match=message):
        validate.settings()
    file.write_text(file.read_text().replace(f"evaluate.{metric}", "evaluate.representation.trustworthiness"))
    validate.settings()
