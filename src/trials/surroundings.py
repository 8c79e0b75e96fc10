"""What surrounds a process of a runtime: variables, locale, time zone, BLAS, and a home of its own.

None of it may change a number unseen: a process starts with the few variables that the driver gives it, and a record
says what it found.
"""

import contextlib
import ctypes
import locale
import os
import sys
import tempfile
import time

from trials import describe

# They say where something lies, which changes no number and may name the user, or what each trial's record says itself.
LEFT_OUT = (
    "HOME",
    "KERAS_HOME",
    "LD_LIBRARY_PATH",
    "PATH",
    "PWD",
    "PYTHONPATH",
    "STUDY_ALONE",
    "STUDY_CORES",
    "TMPDIR",
)
# Builds of OpenBLAS give the names of their functions a prefix, a suffix, both or none.
DECORATIONS = [(prefix, suffix) for prefix in ("", "scipy_") for suffix in ("", "64_", "_64")]


class SurroundingsError(Exception):
    """Something from outside would change what a trial computes, in words for the person who can mend it."""


@contextlib.contextmanager
def own_home():
    """Give this process and its forks an empty home, for Keras too, and a temporary folder: all gone when it ends.

    TensorFlow must be imported after: Keras reads what its home holds as it is imported.
    """
    with tempfile.TemporaryDirectory(prefix="keras-api-study-") as folder:
        os.environ.update(HOME=folder, KERAS_HOME=folder, TMPDIR=folder)
        tempfile.tempdir = folder
        yield


def read():
    """What a record says of this process, beside its machine and its runtime; needs NumPy, and no TensorFlow.

    Returns
    -------
    dict
        `variables` (all of its environment that can change a number), `locale`, `encoding`, `time_zone`, and
        NumPy's `blas` where that is OpenBLAS: how it was built, and the processor whose kernels it uses.
    """
    found = {
        "variables": {name: value for name, value in sorted(os.environ.items()) if name not in LEFT_OUT},
        "locale": locale.setlocale(locale.LC_CTYPE),
        "encoding": sys.getfilesystemencoding(),
        "time_zone": time.tzname[0],
    }
    blas = _blas()
    return dict(found, blas=blas) if blas else found


def refuse_other_defaults(tf, runtime):
    """Refuse a process in which Keras would compute with something else than the runtime's description says.

    Parameters
    ----------
    tf : module
        TensorFlow, as this process imported it.
    runtime : dict
        What `trials.describe` printed in this runtime.
    """
    found, described = describe.keras_defaults(tf), runtime["keras_defaults"]
    for name, value in described.items():
        if found[name] != value:
            raise SurroundingsError(
                f"Keras computes with {name} = {found[name]!r} here, the runtime with {value!r}: something outside the "
                "study, such as a keras.json, changes it. Start it as the study does: python -m study.runtimes.start"
            )


def _blas():
    with open("/proc/self/maps", encoding="utf-8") as maps:
        # A path comes after five fields, and may hold spaces.
        mapped = {line.split(None, 5)[-1].rstrip("\n") for line in maps}
    for path in sorted(path for path in mapped if "openblas" in os.path.basename(path)):
        library = ctypes.CDLL(path)
        told = [_ask(library, f"openblas_get_{what}") for what in ("config", "corename")]
        if all(told):
            return dict(zip(("build", "core"), told))
    return None


def _ask(library, name):
    for prefix, suffix in DECORATIONS:
        function = getattr(library, prefix + name + suffix, None)
        if function is not None:
            function.restype = ctypes.c_char_p
            return function().decode().strip()
    return None
