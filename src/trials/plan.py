"""Reads a plan and refuses one that this runner does not understand."""

import difflib
import hashlib
import importlib
import json
import pkgutil

from trials import experiments
from trials.training import data

SETTINGS = {
    "threads": (int, type(None)),
    "eager_execution": bool,
    "run_eagerly": bool,
    "jit_compile": bool,
    "steps_per_execution": int,
    "deterministic": bool,
    "onednn": (bool, type(None)),
    "progress_bar": bool,
}
OPTIMIZER = {"name": str, "learning_rate": float, "momentum": float}
TRIAL = {
    "experiment": str,
    "variant": str,
    "runtime": str,
    "protocol": str,
    "series": str,
    "scale": str,
    "block": int,
    "replicate": int,
    "seed": int,
    "timed": bool,
    "expect": str,
    "dataset": str,
    "n_train": int,
    "n_validation": int,
    "n_test": int,
    "n_epochs": int,
    "batch_size": int,
    "optimizer": OPTIMIZER,
    "loss": str,
    "settings": SETTINGS,
}
# What a plan leaves out where it does not apply.
OPTIONAL = {
    "alternative": str,
    "diagnostic": bool,
    "confirms": bool,
    "arrangement": str,
    "validation": str,
    "n_skipped": int,
    "image_shape": list,
    "edition": str,
    "checkpoints": bool,
    "architecture": dict,
}
MAY_BE_ABSENT = {*OPTIONAL, "momentum", "run_eagerly"}
EXPERIMENTS = [module.name for module in pkgutil.iter_modules(experiments.__path__)]
POSITIVE = ("n_train", "n_test", "n_epochs", "batch_size", "block")


class PlanError(Exception):
    """A plan that cannot be run, in words for the person who made it."""


def read(path):
    """Read the plan at `path`.

    Returns
    -------
    list of dict
        The planned trials, in the order in which they run; keys as in `TRIAL`.

    Raises
    ------
    PlanError
        Naming file, trial and key, and the nearest valid name.
    """
    try:
        with open(path, encoding="utf-8") as file:
            trials = json.load(file)["trials"]
    except (ValueError, KeyError, TypeError) as error:
        raise PlanError(f"{path}: not a plan: {error!r}") from error
    for number, trial in enumerate(trials):
        where = f"{path}: trials[{number}]"
        _check(trial, dict(TRIAL, **OPTIONAL), where)
        _check_values(trial, where)
    return trials


def check_variants(trials):
    """Refuse a variant that its experiment does not have. Imports TensorFlow."""
    for trial in trials:
        module = importlib.import_module("trials.experiments." + trial["experiment"])
        _require_known("variant", trial["variant"], module.VARIANTS, "experiment " + trial["experiment"])


def sha256(trial):
    """Hash of a planned trial, the same on both sides of the process boundary."""
    return hashlib.sha256(json.dumps(trial, sort_keys=True).encode()).hexdigest()


def _check(value, schema, where):
    if not isinstance(schema, dict):
        wanted = schema if isinstance(schema, tuple) else (schema,)
        if type(value) not in wanted:
            raise PlanError("{}: {!r} is not of type {}".format(where, value, "/".join(t.__name__ for t in wanted)))
        return
    if not isinstance(value, dict):
        raise PlanError(f"{where}: {value!r} is not an object")
    for key in value:
        _require_known("key", key, schema, where)
    for key, part in schema.items():
        if key in value:
            _check(value[key], part, f"{where}.{key}")
        elif key not in MAY_BE_ABSENT:
            raise PlanError(f"{where}: '{key}' is missing")


def _check_values(trial, where):
    _require_known("experiment", trial["experiment"], EXPERIMENTS, where)
    _require_known("arrangement", trial.get("arrangement", "image"), data.ARRANGEMENTS, where)
    for key in POSITIVE:
        if trial[key] < 1:
            raise PlanError(f"{where}.{key}: {trial[key]} is less than 1")


def _require_known(what, name, known, where):
    if name in known:
        return
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean '{near[0]}'?" if near else "valid: {}".format(", ".join(sorted(known)))
    raise PlanError(f"{where}: unknown {what} '{name}': {hint}")
