"""Who published, from which commit, as MLflow's tags."""

import subprocess

from mlflow.tracking.context.registry import resolve_tags

from hourglass.tracking.address import root


def tags() -> dict[str, str]:
    """The tags of MLflow's own, user included; without commit and branch where there is no git repository."""
    found = {"mlflow.source.name": "hourglass publish", "mlflow.source.type": "LOCAL"}
    commit = _git("rev-parse", "HEAD")
    if commit:
        found["mlflow.source.git.commit"] = commit
        found["mlflow.source.git.dirty"] = str(bool(_git("status", "--porcelain", "--untracked-files=no"))).lower()
    branch = _git("branch", "--show-current")
    if branch:
        found["mlflow.source.git.branch"] = branch
    return resolve_tags(found)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root(), capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
