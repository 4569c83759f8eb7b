import gzip
import hashlib
import importlib
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hourglass.core.errors import HourglassError
from hourglass.data import debian, sources
from hourglass.data.settings import DataSettings
from hourglass.data.sources import IDX_FILES, fetch

IMAGES = IDX_FILES[0]
TORCHVISION, DEBIAN = sources._torchvision, debian.download


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only the sources that a test opens can be reached."""

    def unreachable(*_: object) -> Path:
        raise HourglassError("unreachable (no route to host)")

    monkeypatch.setattr(sources, "_torchvision", unreachable)
    monkeypatch.setattr(debian, "download", unreachable)
    monkeypatch.setattr(debian, "INSTALLED", tmp_path / "not installed")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "data" / "raw"


def mnist(folder: Path | None = None) -> DataSettings:
    return DataSettings(name="mnist", folder=str(folder) if folder else None)


def pack(folder: Path) -> None:
    for file in list(folder.iterdir()):
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def damage_plain(folder: Path) -> None:
    flip_a_bit(folder / IMAGES)


def damage_packed(folder: Path) -> None:
    damage_plain(folder)
    pack(folder)


def damage_archive(folder: Path) -> None:
    pack(folder)
    flip_a_bit(folder / f"{IMAGES}.gz")


def damage_first_block(folder: Path) -> None:
    pack(folder)
    file = folder / f"{IMAGES}.gz"
    content = file.read_bytes()
    file.write_bytes(content[:10] + b"\xff" + content[11:])  # no such type of block


def truncate_archive(folder: Path) -> None:
    pack(folder)
    file = folder / f"{IMAGES}.gz"
    file.write_bytes(file.read_bytes()[:-100])


def no_archive(folder: Path) -> None:
    pack(folder)
    (folder / f"{IMAGES}.gz").write_bytes(b"<html>log in to use this network</html>")


def remove(folder: Path) -> None:
    (folder / IMAGES).unlink()


DAMAGES = pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (damage_plain, f"{IMAGES} has the wrong SHA-256"),
        (damage_packed, f"{IMAGES} has the wrong SHA-256"),
        (damage_archive, rf"{IMAGES}\.gz is a damaged archive"),
        (damage_first_block, rf"{IMAGES}\.gz is a damaged archive"),
        (truncate_archive, rf"{IMAGES}\.gz is a damaged archive"),
        (no_archive, rf"{IMAGES}\.gz is a damaged archive"),
        (remove, f"{IMAGES} not found"),
    ],
)


@pytest.mark.parametrize("arrange", [lambda folder: None, pack], ids=["plain", "packed"])
def test_a_folder_of_the_user_is_enough(
    idx_files: dict[str, bytes], folder: Path, target: Path, arrange: Callable[[Path], None]
) -> None:
    arrange(folder)
    before = contents(folder)
    fetch(mnist(folder), target)
    assert contents(target) == idx_files
    assert contents(folder) == before
    assert list(target.parent.iterdir()) == [target]


@DAMAGES
def test_a_damaged_file_is_named_and_nothing_is_left(
    folder: Path, target: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(folder)
    with pytest.raises(HourglassError, match=f"{folder}/{reason}"):
        fetch(mnist(folder), target)
    assert not target.parent.exists() or list(target.parent.iterdir()) == []


@DAMAGES
def test_a_failing_source_is_one_line_and_the_next_is_tried(
    idx_files: dict[str, bytes],
    folder: Path,
    target: Path,
    damage: Callable[[Path], None],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    installed = shutil.copytree(folder, folder.with_name("installed"))
    damage(folder)
    monkeypatch.setattr(sources, "_torchvision", lambda name, scratch: folder)
    monkeypatch.setattr(debian, "INSTALLED", installed)
    fetch(DataSettings(name="fashion_mnist"), target)
    out, err = capsys.readouterr()
    assert contents(target) == idx_files
    assert re.fullmatch(f"source failed: torchvision's mirror: {folder}/{reason}.*\n", err)
    assert out == f"fashion_mnist: from Debian package {debian.PACKAGE}, installed\n"


@DAMAGES
def test_a_damaged_folder_of_the_user_is_not_replaced(
    folder: Path, target: Path, damage: Callable[[Path], None], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names files of their own would otherwise train on others."""
    mirror = shutil.copytree(folder, folder.with_name("mirror"))
    damage(folder)
    monkeypatch.setattr(sources, "_torchvision", lambda name, scratch: mirror)
    with pytest.raises(HourglassError, match=f"{folder}/{reason}.*; it is named as data.folder in params.yaml, so "):
        fetch(mnist(folder), target)
    assert not target.exists()


def test_the_error_lists_all_sources_in_order_and_the_fix(idx_files: dict[str, bytes], target: Path) -> None:
    with pytest.raises(HourglassError) as caught:
        fetch(DataSettings(name="fashion_mnist"), target)
    message = str(caught.value)
    failed = [
        "torchvision's mirror: unreachable (no route to host)",
        f"Debian package dataset-fashion-mnist, installed: {debian.INSTALLED / IMAGES} not found",
        "Debian package dataset-fashion-mnist, fetched: unreachable (no route to host)",
    ]
    assert message.startswith(f"no source of fashion_mnist worked ({'; '.join(failed)}); ")
    assert f"put {', '.join(idx_files)} (plain or .gz) in a folder and name it as data.folder" in message
    assert "\n" not in message


def test_a_failure_keeps_the_old_files_a_success_replaces_them(
    idx_files: dict[str, bytes], folder: Path, target: Path
) -> None:
    target.mkdir(parents=True)
    (target / "digits.csv").write_text("of another dataset")
    damaged = shutil.copytree(folder, folder.with_name("damaged"))
    damage_plain(damaged)
    with pytest.raises(HourglassError, match="wrong SHA-256"):
        fetch(mnist(damaged), target)
    assert contents(target) == {"digits.csv": b"of another dataset"}
    fetch(mnist(folder), target)
    assert contents(target) == idx_files


def test_an_unreadable_source_is_no_failure_to_write(folder: Path, target: Path) -> None:
    (folder / IMAGES).unlink()
    (folder / IMAGES).mkdir()
    with pytest.raises(HourglassError, match=f"{folder / IMAGES}: Is a directory|Is a directory: '{folder / IMAGES}'"):
        fetch(mnist(folder), target)


def test_a_folder_of_files_without_a_digest_is_refused(folder: Path, target: Path) -> None:
    with pytest.raises(HourglassError, match=f"folder {folder}: no checksum of these files is known") as caught:
        fetch(DataSettings(name="kmnist", folder=str(folder)), target)
    assert "put " not in str(caught.value), "a folder is no way out"


def test_a_folder_may_start_at_home(folder: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    fetch(DataSettings(name="mnist", folder=f"~/{folder.name}"), target)
    assert contents(target) == contents(folder)


def test_digits_need_no_network(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    fetch(DataSettings(name="digits"), target)
    assert contents(target).keys() == {"digits.csv"}
    assert (target / "digits.csv").read_bytes().count(b"\n") == 1797


@pytest.fixture
def mnist_class(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """torchvision's class MNIST, which lists the digests of archives in `folder`."""
    # Imported here, since it takes seconds.
    mnist_class = importlib.import_module("torchvision.datasets").MNIST
    pack(folder)
    archives = [(name, folder / name) for name in (f"{name}.gz" for name in IDX_FILES)]
    # torchvision lists MD5s.
    resources = [(name, hashlib.md5(archive.read_bytes()).hexdigest()) for name, archive in archives]  # noqa: S324
    monkeypatch.setattr(mnist_class, "resources", resources)
    monkeypatch.setattr(sources, "_torchvision", TORCHVISION)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return mnist_class


@pytest.fixture
def mirror(mnist_class: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that a local web server offers in place of torchvision's mirror."""
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        monkeypatch.setattr(mnist_class, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("mirror")
def test_archives_are_downloaded_from_the_mirror(idx_files: dict[str, bytes], target: Path) -> None:
    fetch(mnist(), target)
    assert contents(target) == idx_files


def test_a_damaged_download_is_refused(mirror: Path, target: Path) -> None:
    flip_a_bit(mirror / f"{IMAGES}.gz")
    with pytest.raises(HourglassError, match=r"torchvision's mirror: .*corrupted"):
        fetch(mnist(), target)
    assert not target.exists()


def test_the_next_mirror_is_tried(
    mnist_class: Any, mirror: Path, idx_files: dict[str, bytes], target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mirror / "empty").mkdir()
    (good,) = mnist_class.mirrors
    monkeypatch.setattr(mnist_class, "mirrors", ["http://127.0.0.1:1/", f"{good}empty/", good])
    fetch(mnist(), target)
    assert contents(target) == idx_files


def test_the_error_names_every_mirror_that_failed(
    mnist_class: Any, mirror: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (good,) = mnist_class.mirrors
    monkeypatch.setattr(mnist_class, "mirrors", ["http://127.0.0.1:1/", f"{good}empty/"])
    with pytest.raises(HourglassError, match=rf"port=1\): .*refused; 404 .* {good}empty/{IMAGES}\.gz\); put"):
        fetch(mnist(), target)


def test_digests_of_archives_count_where_none_of_files_is_known(
    mnist_class: Any, mirror: Path, idx_files: dict[str, bytes], target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("torchvision.datasets"), "KMNIST", mnist_class)
    fetch(DataSettings(name="kmnist"), target)
    assert contents(target) == idx_files
    flip_a_bit(mirror / f"{IMAGES}.gz")
    with pytest.raises(HourglassError, match="corrupted"):
        fetch(DataSettings(name="kmnist"), target)


@pytest.mark.parametrize("answer", ["garbage\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nha"])
def test_a_server_that_breaks_http_is_a_failed_source(
    mirror: Path, target: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(
        SimpleHTTPRequestHandler, "do_GET", lambda request: request.wfile.write(answer.encode()) and None
    )
    with pytest.raises(HourglassError, match="torchvision's mirror: "):
        fetch(mnist(), target)


def test_a_silent_server_times_out(mnist_class: Any, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SECONDS_PER_CONNECTION", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(mnist_class, "mirrors", [f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        with pytest.raises(HourglassError, match=r"torchvision's mirror: .*timed out"):
            fetch(mnist(), target)


APT_GET = """#!/bin/sh
echo "$*" >> {log}
case "$*" in
    *update*) exit 0 ;;
    *Lists=*download*) {download} ;;
    *download*) [ {lists_missing} = 0 ] || exit {lists_missing}; {download} ;;
esac
"""
DPKG_DEB = """#!/bin/sh
mkdir -p "$3/usr/share/datasets" && cp -r {folder} "$3/usr/share/datasets/fashion-mnist"
"""


@pytest.fixture
def apt(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put a stub of apt-get on PATH; the function sets its behaviour and returns the log of its calls."""
    programs, log = tmp_path / "bin", tmp_path / "apt.log"
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(debian, "download", DEBIAN)
    pack(folder)

    def behave(lists_missing: int = 0, download: str = "touch dataset-fashion-mnist_1_all.deb") -> Path:
        programs.mkdir()
        for name, script in (("apt-get", APT_GET), ("dpkg-deb", DPKG_DEB)):
            text = script.format(log=log, lists_missing=lists_missing, download=download, folder=folder)
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        return log

    return behave


@pytest.mark.parametrize("lists_missing", [0, 100])
def test_debian_package_is_unpacked_without_installing(
    apt: Callable[..., Path], idx_files: dict[str, bytes], target: Path, lists_missing: int
) -> None:
    log = apt(lists_missing)
    fetch(DataSettings(name="fashion_mnist"), target)
    assert contents(target) == idx_files
    calls = log.read_text()
    assert "install" not in calls
    assert ("update" in calls) == ("Dir::State::Lists=" in calls) == bool(lists_missing)


def test_the_error_of_apt_is_passed_on(apt: Callable[..., Path], idx_files: dict[str, bytes], target: Path) -> None:
    apt(download="echo first >&2; echo 'E: Unable to fetch' >&2; exit 100")
    with pytest.raises(HourglassError, match="fetched: `apt-get` failed: E: Unable to fetch"):
        fetch(DataSettings(name="fashion_mnist"), target)


def test_a_machine_without_apt_says_so(
    idx_files: dict[str, bytes], target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "download", DEBIAN)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(HourglassError, match="fetched: apt-get and dpkg-deb are not on this machine"):
        fetch(DataSettings(name="fashion_mnist"), target)
