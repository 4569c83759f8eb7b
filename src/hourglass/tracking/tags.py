"""Names of the tags that tell which run or version holds which results."""

KEY = "hourglass.key"
CURRENT = "hourglass.current"
# The DVC experiment that a run belongs to.
TRIAL = "hourglass.experiment"
ACCEPTED = "hourglass.accepted"
# Who wrote a run, as a digest, and when, in seconds since 1970.
MACHINE, WRITTEN = "hourglass.machine", "hourglass.written"
VARIANT = "variant"


def truth(value: bool) -> str:
    """`value` as a tag has it."""
    return str(value).lower()
