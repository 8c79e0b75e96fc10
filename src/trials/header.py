"""Starts each trial's record: what is planned, and what identifies its code, its data and its environment."""

import hashlib
import json

import numpy as np

from trials import code, describe, plan, surroundings
from trials.training import data

RUNTIME_FIELDS = (
    *("python", "tensorflow", "git_version", "compiler_version"),
    *("numpy", "keras", "protobuf", "lock_sha256", "onednn", "keras_defaults"),
    *("image", "gpu"),  # where it runs in a container, and where it trains on the GPU
)


def headers(planned, data_folder, runtime):
    """Header of each planned trial's record, in the plan's order; arguments as those of `job.run`."""
    datasets = {name: dataset_sha256(data.path_of(data_folder, name)) for name in {each["dataset"] for each in planned}}
    shared = environment(runtime)
    return [
        dict(
            trial,
            plan_sha256=plan.sha256(trial),
            code_sha256=code.sha256("trial", trial["experiment"]),
            dataset_sha256=datasets[trial["dataset"]],
            **shared,
        )
        for trial in planned
    ]


def environment(runtime):
    """Fields of a record that say where it is made: `environment` and its hash.

    Parameters
    ----------
    runtime : dict
        What `trials.describe` printed in this runtime.
    """
    found = {
        "machine": describe.machine(),
        "runtime": {field: runtime[field] for field in RUNTIME_FIELDS if field in runtime},
        "process": surroundings.read(),
    }
    sha256 = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
    return {"environment": found, "environment_sha256": sha256}


def dataset_sha256(path):
    """Hash of the arrays in the .npz at `path`: names, shapes, dtypes and bytes, however the file packs them."""
    digest = hashlib.sha256()
    with np.load(path) as arrays:
        for name in sorted(arrays):
            array = np.ascontiguousarray(arrays[name])
            digest.update(f"{name} {array.shape} {array.dtype.str}\n".encode())
            digest.update(memoryview(array).cast("B"))
    return digest.hexdigest()
