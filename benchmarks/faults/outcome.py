"""What came of a fault, and the command that most of them attack."""

import sys
from pathlib import Path
from typing import NamedTuple

# The one of this environment, whatever PATH says.
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))


class Outcome(NamedTuple):
    """How often something was tried, and how often the study held."""

    what: str
    tried: int
    held: int
