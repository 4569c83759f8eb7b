"""Who published, from which commit, as MLflow's tags."""

from mlflow.tracking.context.registry import resolve_tags

from hourglass.tracking import git
from hourglass.tracking.tags import truth


def tags() -> dict[str, str]:
    """The tags of MLflow's own, user included; without commit and branch where there is no git repository."""
    known = {"mlflow.source.name": "hourglass publish", "mlflow.source.type": "LOCAL"}
    if commit := git.ask("rev-parse", "HEAD"):
        known["mlflow.source.git.commit"] = commit
        known["mlflow.source.git.dirty"] = truth(bool(git.ask("status", "--porcelain", "--untracked-files=no")))
    if branch := git.ask("branch", "--show-current"):
        known["mlflow.source.git.branch"] = branch
    return resolve_tags(known)
