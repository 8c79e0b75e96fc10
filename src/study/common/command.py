"""Runs the `main` of a module that is a command, and ends the process as a command should."""

import sys
from collections.abc import Callable
from typing import NoReturn

from study.common.errors import StudyError

FAILED = 1
INTERRUPTED = 130  # what a shell reports of a command that Ctrl-C ended


def run(main: Callable[[], int | None], failed: int = FAILED) -> NoReturn:
    """Call `main` and exit with the status that it returns, None being 0.

    A mistake that a user can mend is printed without a traceback, and the exit status is `failed`.
    """
    try:
        status = main()
    except StudyError as error:
        print(error, file=sys.stderr)
        status = failed
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)
