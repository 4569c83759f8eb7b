"""Remotes of DVC's: a folder, and a folder behind a real SSH server on loopback."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

SERVER = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
SFTP = "/usr/lib/openssh/sftp-server"
WITHOUT_SSH = pytest.mark.skipif(
    not (SERVER and Path(SFTP).exists() and find_spec("dvc_ssh")),
    reason="needs Debian's openssh-server, and `uv pip install dvc-ssh`",
)
KINDS = ["folder", pytest.param("ssh", marks=WITHOUT_SSH)]


@contextmanager
def remote(kind: str, folder: Path, further: str = "") -> Iterator[dict[str, str]]:
    """Options of a remote that keeps its files in `folder`/store: `url`, and for SSH the client's `keyfile`.

    Args:
        further: lines of the SSH server's settings, after those that a test needs.
    """
    if kind == "folder":
        yield {"url": str(folder / "store")}
        return
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    settings = {
        "ListenAddress": "127.0.0.1",
        "Port": port,
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "key.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "Subsystem": f"sftp {SFTP}",
    }
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # the system makes it when it starts its own server
    own = "".join(f"{name} {value}\n" for name, value in settings.items())
    (folder / "sshd_config").write_text(own + further)
    process = subprocess.Popen([str(SERVER), "-D", "-f", folder / "sshd_config"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            pytest.fail("sshd does not answer")
        url = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{folder / 'store'}"
        yield {"url": url, "keyfile": str(folder / "key")}
    finally:
        process.terminate()
        process.wait(30)
