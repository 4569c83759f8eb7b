"""Where raw data come from: sources tried in order, every file checked against its SHA-256."""

import gzip
import hashlib
import shutil
import socket
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import HTTPException
from importlib import import_module
from pathlib import Path
from typing import IO
from urllib.error import URLError

from hourglass.core.errors import HourglassError
from hourglass.core.files import replacing
from hourglass.data.settings import DataSettings

DEBIAN_PACKAGE = "dataset-fashion-mnist"
DEBIAN_FOLDER = Path("usr/share/datasets/fashion-mnist")
SECONDS_PER_CONNECTION = 10
SECONDS_PER_APT_COMMAND = 180


@dataclass(frozen=True)
class Raw:
    """The raw files of one dataset.

    sha256: file name -> SHA-256 of the decompressed file. Empty for KMNIST, for which no published
        digest of the decompressed files is known to us: there torchvision's own MD5 of each archive counts.
    torchvision: name of the torchvision class that can download it.
    debian: whether Debian's package holds it.
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
    it is complete.

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
        except (HourglassError, OSError, HTTPException, RuntimeError, subprocess.SubprocessError) as error:
            failures.append(f"{name}: {' '.join(str(error).split())}")
            print(f"source failed: {failures[-1]}", file=sys.stderr)
        else:
            print(f"{settings.name}: from {name}")
            return
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
    if settings.name == "digits":
        yield "scikit-learn", _scikit_learn
    if raw.torchvision:
        yield "torchvision's mirror", lambda scratch: _torchvision(str(raw.torchvision), scratch)
    if raw.debian:
        yield f"Debian package {DEBIAN_PACKAGE}, installed", lambda scratch: Path("/") / DEBIAN_FOLDER
        yield f"Debian package {DEBIAN_PACKAGE}, fetched", _debian


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
        with open(target / name, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
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
    """Download with torchvision, which shows progress and checks each archive's MD5."""
    before = socket.getdefaulttimeout()
    # torchvision sets no timeout of its own, and a silent network would hang for minutes.
    socket.setdefaulttimeout(SECONDS_PER_CONNECTION)
    try:
        getattr(import_module("torchvision.datasets"), name)(scratch, download=True)
    except URLError as error:
        raise HourglassError(f"unreachable ({error.reason})") from error
    finally:
        socket.setdefaulttimeout(before)
    return scratch / name / "raw"


def _debian(scratch: Path) -> Path:
    """Fetch Debian's package and unpack it without installing: needs apt, but neither root nor a changed system."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise HourglassError("apt-get and dpkg-deb are not on this machine")
    apt = ["apt-get", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=1"]
    for protocol in ("http", "https"):
        apt += ["-o", f"Acquire::{protocol}::Timeout={SECONDS_PER_CONNECTION}"]
    print(f"downloading Debian's {DEBIAN_PACKAGE} (about 31 MB)", flush=True)
    try:
        _run(scratch, *apt, "download", DEBIAN_PACKAGE)
    except HourglassError:
        # The system's package lists are missing or old: fetch fresh ones, into the scratch folder.
        (scratch / "lists" / "partial").mkdir(parents=True)
        apt += ["-o", f"Dir::State::Lists={scratch}/lists"]
        _run(scratch, *apt, "update")
        _run(scratch, *apt, "download", DEBIAN_PACKAGE)
    for package in scratch.glob(f"{DEBIAN_PACKAGE}_*.deb"):
        _run(scratch, "dpkg-deb", "-x", str(package), str(scratch))
    return scratch / DEBIAN_FOLDER


def _run(folder: Path, *command: str) -> None:
    """Run a command; what it prints of its progress goes to the terminal, its last error into the message."""
    done = subprocess.run(
        command, cwd=folder, stderr=subprocess.PIPE, text=True, timeout=SECONDS_PER_APT_COMMAND, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise HourglassError(f"`{command[0]}` failed: {lines[-1]}")
