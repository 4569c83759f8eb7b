"""Which tracking server is meant; needs no mlflow, which takes seconds to import."""

import os
from pathlib import Path
from urllib.parse import urlsplit


def root() -> Path:
    """The repository: the one DVC runs for (also from a temporary copy of it), else the one we run in."""
    return Path(os.environ.get("DVC_ROOT") or Path.cwd()).resolve()


def default() -> str:
    """An SQLite file at the repository's root."""
    return f"sqlite:///{root() / 'mlflow.db'}"


def address() -> str:
    """MLFLOW_TRACKING_URI, or `default()`."""
    return os.environ.get("MLFLOW_TRACKING_URI") or default()


def shown(uri: str) -> str:
    """`uri` without a password."""
    parts = urlsplit(uri)
    return uri.replace(f":{parts.password}@", ":***@") if parts.password else uri


def is_lost() -> bool:
    """Whether `address()` is a database file that does not exist."""
    place, uri = address().partition("sqlite:///")[::2]
    return not place and not Path(uri).is_file()
