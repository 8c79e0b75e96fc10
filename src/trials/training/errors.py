"""What a record says of an error: without the folders of this machine, which may name the user."""

import os
import re
import sys
import traceback

SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def described(error):
    """Fields of a record for an exception that was just caught: `type`, `message` and `traceback`."""
    return {
        "type": type(error).__name__,
        "message": anonymous(str(error)),
        "traceback": anonymous("".join(traceback.format_exception(type(error), error, error.__traceback__))),
    }


def anonymous(text):
    """Leave out of `text` where runtime, sources, work and home lie, and the addresses of this process's objects."""
    for folder in (sys.prefix, SOURCES, os.getcwd(), os.path.expanduser("~")):
        text = text.replace(folder.rstrip(os.sep) + os.sep, "")
    return re.sub(r" at 0x[0-9a-f]+", "", text)
