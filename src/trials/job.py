"""Runs the trials of a plan one after another, and keeps each record as it comes."""

import functools

from trials import plan, surroundings
from trials.header import headers
from trials.journal import Journal, key_of, write_records
from trials.load import Watch
from trials.progress import Progress
from trials.training import fork, process

# What refuses a whole job.
REFUSED = (plan.PlanError, surroundings.SurroundingsError, OSError)


def run(planned, data_folder, runtime, journal_path, records_path):
    """Run what the journal does not hold yet, then write all records.

    Parameters
    ----------
    planned : list of dict
        The plan's trials.
    data_folder : str
        Folder of the prepared datasets.
    runtime : dict
        What `trials.describe` printed in this runtime.
    journal_path, records_path : str
        Where records are kept as they come, and where all go at the end.

    Returns
    -------
    list of dict
        Records of trials that ended otherwise than expected.
    """
    journal = Journal(journal_path)
    finished = journal.finished()
    every = headers(planned, data_folder, runtime)
    missing = [header for header in every if key_of(header) not in finished]
    progress = Progress(missing)
    for group in process.groups(missing):
        check = functools.partial(_check, missing, runtime)
        try:
            records = fork.call(_run_group, group, check, data_folder, journal, progress, expected=REFUSED)
        except fork.ProcessDiedError as error:
            records = _records_of_dead(group, journal, error)
        progress.count(records)
        finished.update((key_of(record), record) for record in records)
    records = [finished[key_of(header)] for header in every]
    write_records(records_path, records)
    return [record for record in records if record["status"] != record["expect"]]


def _check(missing, runtime, tensorflow):
    """Refuse all trials that are `missing` if one is wrong, or if this process is not as the runtime is."""
    surroundings.refuse_other_defaults(tensorflow, runtime)
    plan.check_variants(missing)


def _run_group(group, check, data_folder, journal, progress):
    """Run the trials of `group` once `check` has let TensorFlow pass, and keep each record as it comes."""
    check(process.prepare(group))
    records = []
    for header in group:
        watch = Watch()
        outcome = process.run(
            header, data_folder, functools.partial(progress.epoch, header), journal.checkpoints_of(header)
        )
        record = dict(header, **outcome, **watch.seen())
        journal.append(record)
        progress.finish(record)
        records.append(record)
    return records


def _records_of_dead(group, journal, error):
    """Records of a `group` whose process died: those that it kept, and the others, kept here, as failed."""
    kept = journal.finished()
    records = []
    for header in group:
        record = kept.get(key_of(header)) or dict(header, **process.died(error))
        if key_of(header) not in kept:
            journal.append(record)
        records.append(record)
    return records
