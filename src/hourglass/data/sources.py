"""Where raw data come from: sources tried in order, every file checked against its digest."""

import gzip
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO

import pooch

from hourglass.core.errors import HourglassError
from hourglass.core.files import replacing
from hourglass.data import debian
from hourglass.data.settings import DataSettings

SECONDS_PER_CONNECTION = 10


@dataclass(frozen=True)
class Raw:
    """The raw files of one dataset.

    sha256: file name -> SHA-256 of the decompressed file. Empty for KMNIST, whose decompressed files have no
        published digest: there the MD5 that torchvision lists for each archive counts.
    torchvision: name of the torchvision class that lists mirrors.
    debian: whether Debian has a package of it.
    """

    sha256: dict[str, str]
    torchvision: str | None = None
    debian: bool = False


IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

DATASETS = {
    "fashion_mnist": Raw(
        {
            IDX_FILES[0]: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            IDX_FILES[1]: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            IDX_FILES[2]: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            IDX_FILES[3]: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        },
        torchvision="FashionMNIST",
        debian=True,
    ),
    "mnist": Raw(
        {
            IDX_FILES[0]: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            IDX_FILES[1]: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            IDX_FILES[2]: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            IDX_FILES[3]: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
        torchvision="MNIST",
    ),
    "kmnist": Raw({}, torchvision="KMNIST"),
    "digits": Raw({"digits.csv": "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"}),
}


def fetch(settings: DataSettings, target: Path) -> None:
    """Put the raw files of dataset `settings.name` into the folder `target`, decompressed and checked.

    A source that fails is reported in one line and the next one is tried. `target` appears only when
    it is complete. A folder that params.yaml names is the only source.

    Raises:
        HourglassError: every source failed; lists each one, why, and what the user can do.
    """
    raw = DATASETS[settings.name]
    failures = []
    for name, source in _sources(settings, raw):
        try:
            with tempfile.TemporaryDirectory(prefix="hourglass-") as scratch:
                folder = source(Path(scratch))
                with replacing(target) as fresh:
                    fresh.mkdir()
                    _copy_checked(folder, fresh, raw)
                    shutil.rmtree(target, ignore_errors=True)
        except (HourglassError, OSError, subprocess.SubprocessError) as error:
            failures.append(f"{name}: {' '.join(str(error).split())}")
            print(f"source failed: {failures[-1]}", file=sys.stderr)
        else:
            print(f"{settings.name}: from {name}")
            return
    if settings.folder is not None:
        raise HourglassError(
            f"{failures[0]}; it is named as data.folder in params.yaml, so nothing else was tried: mend it, or remove "
            "the setting to download the files"
        )
    by_hand = f"put {', '.join(raw.sha256)} (plain or .gz) in a folder and name it as data.folder in params.yaml, or "
    raise HourglassError(
        f"no source of {settings.name} worked ({'; '.join(failures)}); {by_hand if raw.sha256 else ''}"
        "connect to the network and run again"
    )


def _sources(settings: DataSettings, raw: Raw) -> Iterable[tuple[str, Callable[[Path], Path]]]:
    """(name, function from a scratch folder to a folder that holds the files), in the order to try."""
    if settings.folder is not None:
        folder = Path(settings.folder).expanduser()
        yield f"folder {folder}", lambda scratch: _folder(folder, raw)
        return  # whoever names files of their own is not given others
    if settings.name == "digits":
        yield "scikit-learn", _scikit_learn
    if raw.torchvision:
        yield "torchvision's mirror", lambda scratch: _torchvision(str(raw.torchvision), scratch)
    if raw.debian:
        yield f"Debian package {debian.PACKAGE}, installed", lambda scratch: debian.INSTALLED
        yield f"Debian package {debian.PACKAGE}, fetched", debian.download


def _copy_checked(folder: Path, target: Path, raw: Raw) -> None:
    for name in raw.sha256 or IDX_FILES:
        plain, packed = folder / name, folder / f"{name}.gz"
        if not plain.exists() and not packed.exists():
            raise HourglassError(f"{folder / name} not found")
        try:
            with _open(plain, packed) as source, (target / name).open("wb") as copy:
                shutil.copyfileobj(source, copy)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise HourglassError(f"{packed} is a damaged archive ({error})") from error
        digest = pooch.file_hash(str(target / name), "sha256")
        if raw.sha256 and digest != raw.sha256[name]:
            raise HourglassError(f"{folder / name} has the wrong SHA-256 (damaged or altered): {digest}")


def _open(plain: Path, packed: Path) -> IO[bytes] | gzip.GzipFile:
    try:
        return plain.open("rb") if plain.exists() else gzip.open(packed, "rb")
    except OSError as error:
        raise HourglassError(f"cannot read {error.filename}: {error.strerror}") from error


def _folder(folder: Path, raw: Raw) -> Path:
    if not raw.sha256:
        raise HourglassError("no checksum of these files is known, so they cannot be trusted")
    return folder


def _scikit_learn(scratch: Path) -> Path:
    import sklearn.datasets

    return Path(str(sklearn.datasets.__file__)).parent / "data"


def _torchvision(name: str, scratch: Path) -> Path:
    """Download the archives that torchvision's class `name` lists, each checked against the MD5 that it lists."""
    dataset = getattr(import_module("torchvision.datasets"), name)
    for archive, md5 in dataset.resources:
        _download([mirror + archive for mirror in dataset.mirrors], f"md5:{md5}", scratch / archive)
    return scratch


def _download(urls: list[str], known_hash: str, target: Path) -> None:
    """Fetch one file from the first of `urls` that has it."""
    downloader = pooch.HTTPDownloader(progressbar=True, timeout=SECONDS_PER_CONNECTION)
    failures = []
    for url in urls:
        try:
            pooch.retrieve(url, known_hash, target.name, target.parent, downloader=downloader)
        except (OSError, ValueError) as error:  # pooch raises ValueError for a wrong hash
            # Where there was no connection, the cause says in one line what the error says in three.
            failures.append(str(getattr(error.__context__, "reason", error)))
        else:
            return
    raise HourglassError("; ".join(failures))
