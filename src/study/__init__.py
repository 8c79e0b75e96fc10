"""The driver's side of the study: data, plans, evidence, report. Never imports TensorFlow."""

import sys
from types import TracebackType


def _quiet_when_interrupted(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print no traceback where Ctrl-C ended a command that had not begun, as its modules were still being loaded."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _quiet_when_interrupted
