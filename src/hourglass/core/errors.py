"""Errors a user can act on: one line that names the thing and the fix."""


class HourglassError(Exception):
    """Something failed for a reason that the message explains; the process exits with `exit_code`."""

    exit_code = 1


class SettingsError(HourglassError):
    """A setting in params.yaml is unknown, of the wrong type or out of range."""

    exit_code = 2
