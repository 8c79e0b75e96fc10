"""Keeps what else is set up on a machine from changing what the driver's steps do.

A variable can change the bytes of a figure, choose which Python runs a notebook, or let uv install elsewhere. So steps
find only the variables that say who asks, where things are, and how to reach the network.
"""

import os
from fnmatch import fnmatchcase
from pathlib import Path

from platformdirs import user_cache_path

KEPT = (
    *("HOME", "USER", "LOGNAME", "SHELL", "PATH", "PWD", "TMPDIR", "XDG_*_HOME", "XDG_RUNTIME_DIR", "STUDY_*"),
    *("TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
    *("*_proxy", "*_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("SNAKEMAKE_*", "SLURM_*", "CONDA_*", "MAMBA_*", "PYENV_ROOT"),
    # Of Apptainer, where it works and what it may do, and nothing that puts variables or files into a container.
    *("DOCKER_*", "APPTAINER_*DIR", "APPTAINER_*CAPS", "APPTAINER_AUTH_FILE", "APPTAINER_DOCKER_*"),
    *("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"),
    # Of uv, how it reaches packages and where it keeps them, and nothing that chooses others or another place.
    *("UV_CACHE_DIR", "UV_LINK_MODE", "UV_OFFLINE", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_HTTP_*", "UV_REQUEST_*"),
    *("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_KEYRING_PROVIDER", "UV_INSECURE_HOST", "UV_CONCURRENT_*"),
    *("UV_PYTHON_INSTALL_DIR", "UV_PYTHON_INSTALL_MIRROR", "UV_PYTHON_DOWNLOADS"),
)


def cache() -> Path:
    """Folder where the study keeps what all checkouts of a user share."""
    return Path(os.environ.get("STUDY_CACHE") or user_cache_path("keras-api-study")).expanduser().absolute()


def variables() -> dict[str, str]:
    """Variables that a step or a tool finds: those of this process that are `KEPT`, and settings of the study's own."""
    settings = cache() / "settings"
    return {name: value for name, value in os.environ.items() if _is_kept(name)} | {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONNOUSERSITE": "1",
        "MPLCONFIGDIR": str(settings / "matplotlib"),
        "IPYTHONDIR": str(settings / "ipython"),
        "JUPYTER_CONFIG_DIR": str(settings / "jupyter"),
        "JUPYTER_DATA_DIR": str(settings / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(settings / "jupyter/runtime"),
    }


def isolate() -> None:
    """Leave to this process, and to what it starts, only these variables."""
    left = variables()
    os.environ.clear()
    os.environ.update(left)


def _is_kept(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in KEPT)
