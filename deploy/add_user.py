"""Add a user to the MLflow server: `python add_user.py NAME`, with `--publish` for one who may publish and promote.

Address, name and password of the administrator come from MLFLOW_TRACKING_URI, MLFLOW_TRACKING_USERNAME and
MLFLOW_TRACKING_PASSWORD. Prints the new user's password, which is stored nowhere else.
"""

import argparse
import os
import secrets
import sys

from mlflow.exceptions import MlflowException
from mlflow.server import get_app_client
from mlflow.server.auth.client import AuthServiceClient

WORKSPACE, ROLE = "default", "publishers"


def main() -> int:
    """Add the user, then say the password; the exit status is 1 if the server refuses."""
    parser = argparse.ArgumentParser(description="Add a user to the MLflow server.")
    parser.add_argument("name")
    parser.add_argument("--publish", action="store_true", help="may publish and promote, not only read")
    arguments = parser.parse_args()
    client, password = get_app_client("basic-auth", os.environ["MLFLOW_TRACKING_URI"]), secrets.token_urlsafe(18)
    try:
        role = publishers(client) if arguments.publish else None
        client.create_user(arguments.name, password)
        if role is not None:
            client.assign_role(arguments.name, role)
    except MlflowException as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    print(password)
    return 0


def publishers(client: AuthServiceClient) -> int:
    """The id of the role of those who publish, made if missing.

    Publishing removes half-written runs and moves aliases, which takes MANAGE.
    """
    for role in client.list_roles(WORKSPACE):
        if role.name == ROLE:
            return int(role.id)
    made = client.create_role(WORKSPACE, ROLE)
    for kind in ("experiment", "registered_model"):
        client.add_role_permission(made.id, kind, "*", "MANAGE")
    return int(made.id)


if __name__ == "__main__":
    sys.exit(main())
