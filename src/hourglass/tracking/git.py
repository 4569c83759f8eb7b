"""What git says of the repository."""

import subprocess

from hourglass.tracking.address import root


def ask(*arguments: str) -> str:
    """What `git ARGUMENTS` prints; empty if it fails, as where there is no git repository."""
    done = subprocess.run(["git", *arguments], cwd=root(), capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
