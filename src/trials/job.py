"""Runs the trials of a plan one after another, each in a fresh process forked after TensorFlow was imported.

TensorFlow reads some settings only once. So trials that share these make a group, and each group has a process that
imports TensorFlow, and of which its trials are forks.
"""

import hashlib
import json
import os
import sys
import time

from trials import data, describe, fork, plan
from trials.journal import Journal, key_of, write_records

RUNTIME_FIELDS = (
    *("python", "tensorflow", "git_version", "compiler_version"),
    *("numpy", "keras", "protobuf", "lock_sha256"),
    *("image", "gpu"),  # where it runs in a container, and where it trains on the GPU
)
# Settings that TensorFlow reads only once in a process.
PROCESS_SETTINGS = ("deterministic", "onednn")
# What refuses a whole job.
REFUSED = (plan.PlanError, OSError)


def run(planned, data_folder, runtime, journal_path, records_path):
    """Run what the journal does not hold yet, then write all records.

    Parameters
    ----------
    planned : list of dict
        The plan's trials.
    data_folder : str
        Folder of the prepared datasets.
    runtime : dict
        What `trials.describe` said of this runtime.
    journal_path, records_path : str
        Where records are kept as they come, and where all go at the end.

    Returns
    -------
    list of dict
        Records of trials that ended otherwise than expected.
    """
    journal = Journal(journal_path)
    finished = journal.finished()
    stubs = _stubs(planned, data_folder, runtime)
    missing = [stub for stub in stubs if key_of(stub) not in finished]
    progress = Progress(missing)
    for group in _groups(missing):
        records = fork.call(_run_group, group, missing, data_folder, journal, progress, expected=REFUSED)
        progress.count(records)
        finished.update((key_of(record), record) for record in records)
    records = [finished[key_of(stub)] for stub in stubs]
    write_records(records_path, records)
    return [record for record in records if record["status"] != record["expect"]]


def name_of(trial):
    """A trial in words."""
    alternative = " ({})".format(trial["alternative"]) if "alternative" in trial else ""
    replicate = " again" if trial["replicate"] else ""
    return "{experiment} {series} {runtime} block {block}: {variant}".format(**trial) + alternative + replicate


def reason_of(record):
    """Why a trial failed, in one line."""
    lines = record["error"]["message"].strip().splitlines() or [""]
    return "{}: {}".format(record["error"]["type"], lines[0])


class Progress:
    """One line an epoch, with the time that the job will still take."""

    def __init__(self, stubs):
        self._total = sum(stub["n_epochs"] for stub in stubs)
        self._done = 0
        self._seconds = 0  # of these epochs; of a resumed trial more than passed here
        self._started = time.monotonic()

    def epoch(self, record, epoch):
        """Tell that an epoch ended (called in the trial's own process)."""
        done = self._done + epoch["epoch"]
        self._seconds += epoch["seconds"]
        left = max(self._seconds, time.monotonic() - self._started) / done * (self._total - done)
        accuracies = [output["accuracy"] for output in epoch.get("outputs", [epoch])]
        line = "{}: epoch {}/{}: {:.2f} s, loss {:.4f}, accuracy {}; job ends in {}".format(
            name_of(record),
            epoch["epoch"],
            record["n_epochs"],
            epoch["seconds"],
            epoch["loss"],
            " and ".join(f"{accuracy:.4f}" for accuracy in accuracies),
            _duration(left),
        )
        print(line, file=sys.stderr, flush=True)

    def count(self, records):
        """Count trials that ended."""
        self._done += sum(record["n_epochs"] for record in records)
        self._seconds += sum(epoch["seconds"] for record in records for epoch in record["epochs"])

    def finish(self, record):
        """Count a trial that ended, and tell if it failed."""
        self.count([record])
        if record["status"] == "failed":
            as_expected = "as expected" if record["expect"] == "failed" else "UNEXPECTEDLY"
            text = f"{name_of(record)}: failed {as_expected}: {reason_of(record)}"
            print(text, file=sys.stderr, flush=True)


def _duration(seconds):
    minutes, seconds = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"


def _stubs(planned, data_folder, runtime):
    """Start each trial's record: the plan's fields and the hashes that identify the trial."""
    environment = {
        "machine": describe.machine(),
        "runtime": {field: runtime[field] for field in RUNTIME_FIELDS if field in runtime},
    }
    hashes = {name: data.sha256(data.path_of(data_folder, name)) for name in {trial["dataset"] for trial in planned}}
    shared = {
        "environment": environment,
        "environment_sha256": hashlib.sha256(json.dumps(environment, sort_keys=True).encode()).hexdigest(),
    }
    return [
        dict(
            trial,
            plan_sha256=plan.sha256(trial),
            code_sha256=code_sha256(trial["experiment"]),
            dataset_sha256=hashes[trial["dataset"]],
            **shared,
        )
        for trial in planned
    ]


def code_sha256(experiment):
    """Hash of the code that runs `experiment`: the runner and that experiment's own module."""
    root = os.path.dirname(os.path.abspath(__file__))
    files = [name for name in os.listdir(root) if name.endswith(".py")]
    files += [os.path.join("experiments", name) for name in ("__init__.py", experiment + ".py")]
    digest = hashlib.sha256()
    for name in sorted(files):
        with open(os.path.join(root, name), "rb") as file:
            digest.update(f"{name} {hashlib.sha256(file.read()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _groups(stubs):
    """Trials that one process can run, in the plan's order."""
    groups = {}
    for stub in stubs:
        groups.setdefault(tuple(stub["settings"][name] for name in PROCESS_SETTINGS), []).append(stub)
    return list(groups.values())


def _run_group(group, missing, data_folder, journal, progress):
    """Run the trials of `group`, and keep each record as it comes; refuse all that are `missing` if one is wrong."""
    _prepare_process(group[0]["settings"])
    plan.check_variants(missing)
    records = []
    for stub in group:
        record = _run_trial(stub, data_folder, journal.checkpoints_of(stub), progress)
        journal.append(record)
        progress.finish(record)
        records.append(record)
    return records


def _prepare_process(settings):
    """Set what TensorFlow reads only once, at its import."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if settings["onednn"] is not None:
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = str(int(settings["onednn"]))
    if settings["deterministic"]:
        os.environ["TF_DETERMINISTIC_OPS"] = "1"
    import tensorflow  # noqa: PLC0415  imported once here, so that every trial of the group has it

    tensorflow.get_logger().setLevel("ERROR")


def _run_trial(stub, data_folder, checkpoints_folder, progress):
    """Run one trial, in a process of its own: so no trial inherits another's state or memory."""
    try:
        outcome = fork.call(_train, stub, data_folder, checkpoints_folder, progress)
    except ChildProcessError as error:
        outcome = _died(error)
    return dict(stub, **outcome)


def _train(stub, data_folder, checkpoints_folder, progress):
    # Keras draws its progress bar on standard output, as it did for the sources; nobody needs to see it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    from trials import trial  # noqa: PLC0415  imports TensorFlow

    return trial.run(stub, data_folder, lambda epoch: progress.epoch(stub, epoch), checkpoints_folder)


def _died(error):
    return {
        "status": "failed",
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "epochs": [],
        "applied": {},
        "error": {"type": "ProcessDied", "message": str(error), "traceback": ""},
    }
