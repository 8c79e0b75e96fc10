"""The runner: trains planned trials inside one runtime. Python 3.7 to 3.13, NumPy and TensorFlow only."""

import sys


def _quiet_when_interrupted(kind, error, trace):
    """Print no traceback where Ctrl-C ended a command."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _quiet_when_interrupted
