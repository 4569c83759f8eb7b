"""requirements.lock: installs what it says, from whichever index the user has."""

import re

from repository import ROOT


def test_lock_names_no_host_and_pins_by_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    for line in lock.splitlines():
        if re.match(r"[a-zA-Z0-9]", line):
            assert "==" in line
            assert line.endswith("\\"), f"{line} has no hash"
