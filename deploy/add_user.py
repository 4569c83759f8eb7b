"""Add a user to the MLflow server: `python add_user.py NAME`, with `--publish` for one who may publish and promote.

Address, name and password of the administrator come from MLFLOW_TRACKING_URI, MLFLOW_TRACKING_USERNAME and
MLFLOW_TRACKING_PASSWORD. Prints the new user's password, which is stored nowhere else. If the user is there already,
`--publish` gives the permission alone.
"""

import argparse
import os
import secrets
import sys

from mlflow.exceptions import MlflowException
from mlflow.server import get_app_client
from mlflow.server.auth.client import AuthServiceClient

WORKSPACE, ROLE = "default", "publishers"
# Publishing removes half-written runs and moves aliases, which takes MANAGE.
KINDS, PERMISSION = ("experiment", "registered_model"), "MANAGE"


def main() -> int:
    """Add the user, and say the password; the exit status is 1 if the server refuses, 2 without an address."""
    parser = argparse.ArgumentParser(description="Add a user to the MLflow server.")
    parser.add_argument("name")
    parser.add_argument("--publish", action="store_true", help="may publish and promote, not only read")
    arguments = parser.parse_args()
    address = os.environ.get("MLFLOW_TRACKING_URI")
    if not address:
        print("error: MLFLOW_TRACKING_URI is not set; set it to the server's address", file=sys.stderr)
        return 2
    client = get_app_client("basic-auth", address)
    try:
        add(client, arguments.name, may_exist=arguments.publish)
        if arguments.publish:
            allow(client, arguments.name)
    except MlflowException as error:
        reason = " ".join(str(error).split()).partition(" Error: ")[0]  # behind it, SQL with the password's hash
        print(f"error: {reason}", file=sys.stderr)
        return 1
    return 0


def add(client: AuthServiceClient, name: str, *, may_exist: bool) -> None:
    """Add a user, and print the password at once: what is done next may fail."""
    password = secrets.token_urlsafe(18)
    try:
        client.create_user(name, password)
    except MlflowException as error:
        if not may_exist or error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    else:
        print(password, flush=True)


def allow(client: AuthServiceClient, name: str) -> None:
    """Give a user the role of those who publish, made or completed where needed."""
    present = [role for role in client.list_roles(WORKSPACE) if role.name == ROLE]
    role = present[0] if present else client.create_role(WORKSPACE, ROLE)
    granted = {(one.resource_type, one.permission) for one in client.list_role_permissions(role.id)}
    for kind in KINDS:
        if (kind, PERMISSION) not in granted:
            client.add_role_permission(role.id, kind, "*", PERMISSION)
    if role.id not in {one.id for one in client.list_user_roles(name)}:
        client.assign_role(name, role.id)


if __name__ == "__main__":
    sys.exit(main())
