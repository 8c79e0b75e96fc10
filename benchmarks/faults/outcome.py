"""What came of a fault."""

from typing import NamedTuple


class Outcome(NamedTuple):
    """How often something was tried, and how often the study held."""

    what: str
    tried: int
    held: int
