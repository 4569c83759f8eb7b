"""Whether MLflow's SQLite file can be used, in one line: MLflow itself tries for a minute and then prints eighty."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import psutil
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from hourglass.core.errors import HourglassError
from hourglass.core.files import replacing
from hourglass.tracking.address import root

SQLITE = "sqlite:///"
SECONDS_TO_UNLOCK = 5
# MLflow decodes the path of a database as that of an address.
MISREAD = "%?"


def require_usable(uri: str) -> None:
    """Return if the database is whole and can be written; of a server, or where there is no file yet, always.

    Raises:
        HourglassError: says what is wrong, and what to do.
    """
    if not uri.startswith(SQLITE):
        return
    file = Path(uri.removeprefix(SQLITE))
    for path in (file, root()):
        if any(character in str(path) for character in MISREAD):
            raise HourglassError(f"MLflow cannot use {path}: it has % or ? in its path; rename the folder")
    if not file.is_file() or not file.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(file, timeout=SECONDS_TO_UNLOCK)) as database:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(" ".join(found.split()))
            database.execute("BEGIN IMMEDIATE")
            database.rollback()
    except sqlite3.OperationalError as error:  # what the file itself is not to blame for
        raise HourglassError(
            f"MLflow's database {file} cannot be used ({error}{_users(file)}); free it, then run `hourglass publish`"
        ) from None
    except sqlite3.DatabaseError as error:
        raise HourglassError(
            f"MLflow's database {file} is damaged ({error}); delete it, then `hourglass publish` fills a new one"
        ) from None


def make_if_missing(uri: str) -> None:
    """Make an SQLite database with MLflow's tables, whole or not at all: with half of them MLflow fails for ever.

    Raises:
        HourglassError: the disk is full, or the folder cannot be written.
    """
    file = Path(uri.removeprefix(SQLITE))
    if not uri.startswith(SQLITE) or (file.is_file() and file.stat().st_size):
        return
    from mlflow.store.tracking import DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with replacing(file) as partial:
        try:
            SqlAlchemyStore(f"{SQLITE}{partial}", DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH).engine.dispose()
        except (SQLAlchemyError, MlflowException) as error:
            reason = str(error).splitlines()[0]
            raise HourglassError(
                f"MLflow's database {file} cannot be made ({reason}); free space there, then run `hourglass publish`"
            ) from error


def _users(file: Path) -> str:
    """Other processes that have the file open, as far as this user may see them."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid != psutil.Process().pid and any(Path(o.path) == file for o in process.open_files()):
                found.append(f"PID {process.pid}, {process.name()}")
    return f"; it is open in {'; '.join(found)}" if found else ""
