"""The one rule for names that reach a shell or a path: of variants, datasets, experiments, models and benchmarks."""

import re

from hourglass.core.errors import SettingsError

# Without the ^ and $ that a schema adds. Never an option of a command, a path, or anything that a shell would read.
PATTERN = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
NAME = re.compile(PATTERN)
RULE = "a name has 1 to 64 letters, digits, _ and -, and starts with a letter or digit"


def require(name: object, where: str) -> str:
    """Return `name` if it keeps the rule.

    Args:
        where: what is named, for the message.

    Raises:
        SettingsError: it does not; shows its first 80 characters.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise SettingsError(f"{where}: {str(name)[:80]!r} is no name; {RULE}")
    return name
