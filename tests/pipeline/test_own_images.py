"""`hourglass init FOLDER`, what it suggests, and how a changed folder is noticed."""

import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from repository import ROOT, run
from ruamel.yaml import YAML
from scipy.stats import betabinom

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.data.folder import SPLITS, Folder, ImageFile
from hourglass.pipeline import folder_changes, own_images, own_settings, validate
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


def test_what_init_wrote_may_be_written_again_until_it_is_edited(repository: Path, photos: Path) -> None:
    init(photos)
    fill(photos / "good" / "more", 1, seed=7)
    folder_changes.refresh()
    assert init(photos, size=20).data.image_shape == (3, 16, 20)
    text = Path("params.yaml").read_text()
    edited = text.replace("epochs: 100", "epochs: 99", 1)
    assert edited != text
    Path("params.yaml").write_text(edited)
    with pytest.raises(SettingsError, match="content that git does not have"):
        init(photos)
    assert Path("params.yaml").read_text() == edited


@pytest.mark.parametrize(("size", "shape"), [(28, (21, 28)), (100, (75, 100)), (16, (16, 16))])
def test_a_stated_size_is_not_rounded(
    repository: Path, photos: Path, size: int, shape: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(photos, size=size).data.image_shape[1:] == shape
    assert f"read as {shape[1]} x {shape[0]}" in capsys.readouterr().out


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
    folder_changes.require_current()


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


def test_the_variant_in_a_comment_can_be_used(repository: Path, photos: Path) -> None:
    init(photos, size=64)
    text = Path("params.yaml").read_text()
    own = re.search(r"(?m)^  variants: .* (\{mended: .*\})$", Path("docs/own-images.yaml").read_text())
    assert own
    assert "mended" not in validate.settings().variants
    content = YAML(typ="safe").load(re.sub(r"(?m)^  # (mended:$|  \w.*$)", r"  \1", text))
    content["detect"]["variants"] |= YAML(typ="safe").load(own[1])
    YAML().dump(content, Path("params.yaml"))
    settings = validate.settings()
    validate.models(settings)
    assert settings.variants["mended"].module == "mended"
    assert settings.detect.of("mended").scorers == ["smoothed_residual", "peak_residual"]


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
    folder_changes.refresh()
    assert Path("params.yaml").read_text() == before
    Image.new("L", (9, 9)).save(photos / "good" / "new.png")
    with pytest.raises(HourglassError, match="has changed; run `hourglass repro`"):
        folder_changes.require_current()
    assert Path("params.yaml").read_text() == before, "what only looks changes nothing"
    folder_changes.refresh()
    folder_changes.require_current()
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
    folder_changes.refresh()
    folder_changes.require_current()
    folded = re.sub(r"digest: (\S+)", r"digest:\n        >-\n        \1", text)
    Path("params.yaml").write_text(folded)
    with pytest.raises(SettingsError, match=r"the folder has changed; write digest: '[0-9a-f]{16}'$"):
        folder_changes.refresh()
    assert Path("params.yaml").read_text() == folded


def test_a_folder_that_is_not_here_changes_nothing(repository: Path, photos: Path) -> None:
    """On another machine results stay up to date."""
    init(photos)
    before = Path("params.yaml").read_text()
    shutil.rmtree(photos)
    folder_changes.refresh()
    assert Path("params.yaml").read_text() == before


def test_known_datasets_need_no_refreshing(repository: Path) -> None:
    before = Path("params.yaml").read_text()
    folder_changes.refresh()
    assert Path("params.yaml").read_text() == before


def test_large_images_get_variants_that_suit_them(
    repository: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = init(photos, size=128)
    assert "pca" not in settings.variants
    reason = "variant pca; there are 36,864 values per image, and it takes at most 8,192"
    assert f"left out: {reason}" in capsys.readouterr().out
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


def test_too_few_images_are_a_warning_before_anything_runs(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path / "mine", 3)
    init(tmp_path / "mine")
    assert "warning:  3 files of normal; at least 8 images are needed" in capsys.readouterr().out


@pytest.mark.parametrize(("good", "bad"), [("Good", "Bad"), ("OK", "NOK"), ("normal", "Anomaly")])
def test_the_class_of_good_parts_is_found_by_its_name(
    repository: Path, tmp_path: Path, good: str, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In capitals or not, and though it is the smaller one."""
    fill(tmp_path / "mine" / good, 8)
    fill(tmp_path / "mine" / bad, 10, seed=1)
    assert init(tmp_path / "mine").data.normal_name == good
    assert "warning" not in capsys.readouterr().out


def test_a_normal_class_that_is_a_guess_is_a_warning(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path / "mine" / "monday", 4)
    fill(tmp_path / "mine" / "tuesday", 6)
    assert init(tmp_path / "mine").data.normal_name == "tuesday"
    warning = "no class is called good or normal or ok; if tuesday is not normal, change data.normal_class"
    assert f"warning:  {warning}" in capsys.readouterr().out


def test_photos_on_their_side_keep_their_proportions(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As phones store portraits: landscape, with a note that they are rotated."""
    (tmp_path / "phone").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    for number in range(4):
        picture(number, 48, 24).save(tmp_path / "phone" / f"{number}.jpg", exif=exif)
    assert init(tmp_path / "phone").data.image_shape == (3, 48, 24)
    assert "mostly 24 x 48" in capsys.readouterr().out


def test_dark_images_and_skipped_files_are_told(
    repository: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("I;16", (9, 9), 4095).save(photos / "a dent" / "camera.png")
    picture(0).save(photos / "loose.png")
    init(photos)
    printed = capsys.readouterr().out
    assert "warning:  1 of 50 images looked at are nearly black. They have no value above 20 of 255." in printed
    assert "skipped:  1 files so far (1 not in a class folder); `make` names all" in printed


# The arithmetic of what the counts suggest


@pytest.mark.parametrize(
    ("layout", "few"),
    [
        ({"good": 499}, True),
        ({"good": 500}, False),
        ({"train/good": 499, "test/good": 9}, True),
        ({"train/good": 500, "test/good": 9}, False),
        ({"train/good": 900, "val/good": 99, "test/good": 9}, True),
        ({"train/good": 9, "val/good": 100, "test/good": 9}, False),
        ({"good": 300, "bad": 900}, True),
    ],
)
def test_a_hundred_calibration_images_set_the_threshold(
    monkeypatch: pytest.MonkeyPatch, layout: dict[str, int], few: bool
) -> None:
    """With fewer, all training images do."""
    monkeypatch.chdir(ROOT)
    files = []
    for folder, count in layout.items():
        split, _, label = folder.rpartition("/")
        given = SPLITS[split] if split else None
        files += [ImageFile(f"{folder}/{number}", label, given) for number in range(count)]
    images = {"channels": 1, "height": 32, "width": 32, "classes": ["good"], "digest": "x"}
    settings = own_settings.fill({"name": "mine", "images": images}, Folder(ROOT, files=files), "good")
    assert bool(settings["detect"]["variants"]) is few


@pytest.mark.parametrize(("calibrating", "tested"), [(24, 8), (60, 20), (150, 50), (100, 100), (50, 500), (2000, 2000)])
def test_chance_exceeds_the_bound_on_false_alarms_in_one_percent(calibrating: int, tested: int) -> None:
    """By the exact distribution. The threshold is a rank among the calibration images; then test images are drawn."""
    rank = math.ceil((calibrating + 1) * 0.95)
    alarms = betabinom(tested, calibrating + 1 - rank, rank)
    bound = own_settings.false_alarm_bound(0.05, calibrating, tested)
    assert alarms.sf(math.floor(bound * tested)) < 0.012
    assert bound < 0.33
