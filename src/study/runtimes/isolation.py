"""What a runtime's Python finds in its environment: a short list, and nothing else of the shell that started it.

A variable or a file of the user's could change a trial's bits, and no record would say so. Records say what was there
(`trials.surroundings`).
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

# Where they are, not where a link says: a container sees the folder itself.
SOURCES = Path(__file__).resolve().parents[2]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FIXED = {
    # A home that not even root can make, until the runner makes one of its own: Keras obeys a file in it.
    "HOME": os.devnull,
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONNOUSERSITE": "1",
    "PYTHONPATH": str(SOURCES),
}
# A machine may need these, as an old OpenBLAS computes wrong products or crashes on a processor that it does not know.
FROM_THE_MACHINE = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}


def variables(uses_gpu: bool, alone: bool) -> dict[str, str]:
    """All variables that a runtime's Python finds in its environment, but those of `places`."""
    cores = own_cores_folder()
    told = ({"STUDY_CORES": str(cores)} if cores else {}) | ({"STUDY_ALONE": "1"} if alone else {})
    gpu = _taken(tuple(NO_GPU)) if uses_gpu else NO_GPU
    return FIXED | told | gpu | _taken(FROM_THE_MACHINE)


def places(uses_gpu: bool) -> dict[str, str]:
    """Variables that say where programs and, for a GPU, CUDA's libraries are on this machine."""
    return {"PATH": PATH} | (_taken(("LD_LIBRARY_PATH",)) if uses_gpu else {})


def own_cores_folder() -> Path | None:
    """Folder in which the trials of this user agree on who uses which core, made where it is not there.

    None where there is something else of that name, which everyone knows: a link, or another user's folder. Trials then
    reserve no cores.
    """
    folder = Path(os.environ.get("XDG_RUNTIME_DIR", "/tmp"), f"keras-api-study-cores-{os.getuid()}")  # noqa: S108
    try:
        with suppress(FileExistsError):
            folder.mkdir(stat.S_IRWXU)
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        ours = os.fstat(opened).st_uid == os.getuid()
        if ours:
            os.fchmod(opened, stat.S_IRWXU)
    finally:
        os.close(opened)
    return folder if ours else None


def _taken(names: tuple[str, ...]) -> dict[str, str]:
    return {name: os.environ[name] for name in names if name in os.environ}
