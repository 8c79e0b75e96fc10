"""Says what a runtime is and on which machine it runs.

`python -m trials.describe` prints the runtime's description as JSON. Runs inside every runtime: Python 3.7 to 3.13.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import warnings
from pathlib import Path
from typing import Any

KERAS_3 = 3
# Instruction sets that choose between TensorFlow's, Eigen's and oneDNN's kernels.
CPU_FLAGS = {
    *("sse4_1", "sse4_2", "avx", "avx2", "fma", "f16c"),
    *("avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16", "avx_vnni"),
    *("amx_tile", "amx_int8", "amx_bf16"),
}

# Rows, terms and columns of products that take every path of a kernel: whole blocks and what is left over.
PRODUCTS = ((32, 784, 128), (33, 257, 65), (128, 300, 100), (1, 1000, 10), (256, 256, 256))
UNIT_ROUNDOFF = 2.0**-24


def describe() -> dict[str, Any]:
    """Describe this runtime; what it cannot tell is absent.

    Asks TensorFlow for its devices, which wakes CUDA: a process that will fork trials must not call this. Takes as
    long as importing TensorFlow.

    Returns
    -------
    dict
        Versions, how TensorFlow was built, `devices` as TensorFlow sees them, `keras_defaults`, `matrix_products` (of
        NumPy and TensorFlow, the largest error in units of what rounding can cause), `onednn` (whether its kernels are
        on under the present TF_ENABLE_ONEDNN_OPTS) and `packages` as "name==version", sorted. No paths: a path may
        name the user.
    """
    tf = importlib.import_module("tensorflow")
    installed = _installed()
    # Keras 3 and some versions before it no longer say.
    keras = getattr(tf.keras, "__version__", None) or installed["keras"]
    build_info = getattr(tf.sysconfig, "get_build_info", None)
    return _known(
        {
            "python": platform.python_version(),
            "implementation": platform.python_implementation(),
            "tensorflow": tf.version.VERSION,
            "git_version": tf.version.GIT_VERSION,
            "compiler_version": tf.version.COMPILER_VERSION,
            "build_info": dict(build_info()) if build_info else None,
            "built_with_cuda": tf.test.is_built_with_cuda(),
            "compile_flags": [flag for flag in tf.sysconfig.get_compile_flags() if not flag.startswith("-I")],
            "numpy": installed["numpy"],
            "keras": keras,
            "keras_3": int(keras.split(".")[0]) >= KERAS_3,
            "protobuf": installed.get("protobuf"),
            "h5py": installed.get("h5py"),
            "keras_defaults": keras_defaults(tf),
            "matrix_products": _matrix_products(tf),
            "onednn": _onednn(),
            "devices": _devices(tf),
            "packages": [f"{name}=={version}" for name, version in sorted(installed.items())],
        }
    )


def keras_defaults(tf: Any) -> dict[str, Any]:
    """Return what Keras computes with unless it is told otherwise; a user's `keras.json` can change it."""
    backend = tf.keras.backend
    names = ("backend", "epsilon", "floatx", "image_data_format")
    return {name: getattr(backend, name)() for name in names}


def machine() -> dict[str, Any]:
    """Fingerprint of the hardware, the operating system and the drivers; what cannot be told is absent.

    The same in every runtime on one machine. It names neither the host nor the user.
    """
    processors = _processors()
    cores = {(cpu["physical id"], cpu["core id"]) for cpu in processors if "core id" in cpu}
    first = processors[0] if processors else {}
    return _known(
        {
            "cpu": first.get("model name"),
            "architecture": platform.machine(),
            "logical_cores": os.cpu_count(),
            "physical_cores": len(cores) or None,
            "cpu_flags": sorted(CPU_FLAGS.intersection(first.get("flags", "").split())),
            "ram_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "os": _os_name(),
            "kernel": f"{platform.system()} {platform.release()}",
            # Not platform.libc_ver(): up to Python 3.7 it guesses from the symbols of the interpreter.
            "libc": os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in os.confstr_names else None,
            "gpus": _gpus() or None,
            "container": _container(),
        }
    )


def _known(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}


def _installed() -> dict[str, str]:
    """Version of every installed distribution, by its lower-case name."""
    # Not all of sys.path: setuptools, once imported, puts its vendored packages on it.
    path = [sysconfig.get_path("purelib")]
    try:
        metadata = importlib.import_module("importlib.metadata")
    except ImportError:  # Python 3.7
        working_set = importlib.import_module("pkg_resources").WorkingSet(path)
        return {found.project_name.lower(): found.version for found in working_set}
    return {found.metadata["Name"].lower(): found.version for found in metadata.distributions(path=path)}


def _matrix_products(tf: Any) -> dict[str, float]:
    """Largest error of float32 products by either library, in units of the largest that rounding can cause.

    Whatever the order of summation, that is k u / (1 - k u) times the product of absolute values, for k terms and
    u = 2^-24 (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.5). More is a wrong product,
    which an OpenBLAS that does not know the processor may compute.
    """
    np = importlib.import_module("numpy")
    generator = np.random.RandomState(0)
    errors: dict[str, list[float]] = {"numpy": [], "tensorflow": []}
    for rows, terms, columns in PRODUCTS:
        left, right = (generator.standard_normal(shape).astype("f4") for shape in ((rows, terms), (terms, columns)))
        # einsum without `optimize` sums in its own loops: no BLAS is in the truth.
        truth, size = (
            np.einsum("ij,jk", a.astype("f8"), b.astype("f8")) for a, b in ((left, right), map(abs, (left, right)))
        )
        rounding = terms * UNIT_ROUNDOFF / (1 - terms * UNIT_ROUNDOFF) * size
        for library, product in (("numpy", left @ right), ("tensorflow", _tensorflow_product(tf, left, right))):
            errors[library].append(float(np.max(np.abs(product - truth) / rounding)))
    return {library: max(found) for library, found in errors.items()}


def _tensorflow_product(tf: Any, left: Any, right: Any) -> Any:
    with tf.Graph().as_default(), tf.device("/CPU:0"), tf.compat.v1.Session() as session:
        return session.run(tf.matmul(left, right))


def _onednn() -> bool:
    # TensorFlow decides by its build, the processor and TF_ENABLE_ONEDNN_OPTS, and says so only as it loads. Its
    # internal IsMklEnabled() is no help: in 2.10.0 it is false while oneDNN's kernels run.
    talkative = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}
    command = [sys.executable, "-I", "-c", "import tensorflow"]
    said = subprocess.run(command, env=talkative, capture_output=True, text=True, check=True).stderr  # noqa: S603
    return "oneDNN custom operations are on" in said


def _devices(tf: Any) -> list[dict[str, str]]:
    config = tf.config if hasattr(tf.config, "list_physical_devices") else tf.config.experimental
    return [{"name": device.name, "type": device.device_type} for device in config.list_physical_devices()]


def _processors() -> list[dict[str, str]]:
    """Fields of `/proc/cpuinfo`, one dict a logical core; none where there is no such file."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text(encoding="utf-8") if cpuinfo.exists() else ""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    return [
        {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in block.splitlines())}
        for block in blocks
    ]


def _os_name() -> str:
    release = Path("/etc/os-release")
    text = release.read_text(encoding="utf-8") if release.exists() else ""
    fields = dict(field.split("=", 1) for field in shlex.split(text, comments=True) if "=" in field)
    return fields.get("PRETTY_NAME", platform.system())


def _gpus() -> list[dict[str, str]]:
    """List what `nvidia-smi` says of each GPU: nothing where it is missing or finds no driver."""
    nvidia_smi = shutil.which("nvidia-smi")
    # Drivers before 510 do not know the last field and then tell nothing.
    for fields in (("name", "driver_version", "compute_cap"), ("name", "driver_version")) if nvidia_smi else ():
        command = [str(nvidia_smi), f"--query-gpu={','.join(fields)}", "--format=csv,noheader"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if answer.returncode == 0:
            return [dict(zip(fields, line.split(", "))) for line in answer.stdout.splitlines()]
    return []


def _container() -> str | None:
    if Path("/.singularity.d").exists():
        return "apptainer"
    return "docker" if Path("/.dockerenv").exists() else None


def main() -> None:
    """Print the description; TensorFlow's own messages are kept out of the way."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    warnings.simplefilter("ignore")
    json.dump(describe(), sys.stdout, indent=2)


if __name__ == "__main__":
    main()
