"""Finds what a notebook shows, wherever it is opened: the project, and in it a run of the study."""

from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from IPython.display import Markdown
from pyarrow import ArrowException

from study.common.errors import StudyError
from study.common.text import listed
from study.config.study import Experiment, Study, load_study
from study.config.validation import did_you_mean, require_known
from study.records.collect import read_trials
from study.records.tables import epoch_table, trial_table
from study.reference.contents import RECORDS, REFERENCE, machines

CONFIGURATION = Path("config/study.yaml")
OWN = {"trials": Path("results/trials.parquet"), "epochs": Path("results/epochs.parquet")}
# By what a table is known.
COLUMNS = {"trials": {"experiment", "scale", "status"}, "epochs": {"experiment", "epoch", "seconds"}}


@dataclass(frozen=True)
class Run:
    """The study as it is configured, and the tables of one run of it.

    Attributes
    ----------
    trials, epochs
        As `study.records.tables` makes them: a row a trial, and a row an epoch.
    note
        Which run it is; None where the caller named its tables, and so knows.
    """

    study: Study
    trials: pd.DataFrame
    epochs: pd.DataFrame
    note: Markdown | None = None

    def experiment(self, name: str) -> Experiment:
        """Look up an experiment of the study.

        Raises
        ------
        StudyError
            With the nearest name, if there is none of this name.
        """
        require_known("experiment", name, list(self.study.experiments))
        return self.study.experiments[name]


def open_run(machine: str | None = None, trials: str | None = None, epochs: str | None = None) -> Run:
    """Open a run: the one that is asked for, else the last one here, else the largest of the committed ones.

    Parameters
    ----------
    machine
        Show the committed records of this machine, a folder of `reports/reference`.
    trials, epochs
        Show these tables of a run (Parquet), relative to the folder in which the notebook runs.

    Raises
    ------
    StudyError
        If there is no such run, or no project.
    """
    named = {name: path for name, path in (("trials", trials), ("epochs", epochs)) if path is not None}
    if named and (machine is not None or named.keys() != OWN.keys()):
        raise StudyError("name either a machine, or the tables of one run: both `trials` and `epochs`")
    tables = {name: _read(name, path) for name, path in named.items()}
    with chdir(project()):
        study = load_study()
        if tables:
            return Run(study, tables["trials"], tables["epochs"])
        if machine is None and all(path.exists() for path in OWN.values()):
            return _own(study)
        return _committed(study, machine)


def project() -> Path:
    """Folder of the project: the one that this process works in, else the one that this code comes from.

    Raises
    ------
    StudyError
        If neither is there.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if (folder / CONFIGURATION).is_file():
            return folder
    raise StudyError(f"{here} is not in a checkout of the study, none of its folders has {CONFIGURATION}: start there")


def _own(study: Study) -> Run:
    tables = {name: _read(name, path) for name, path in OWN.items()}
    scales = sorted(tables["trials"]["scale"].unique())
    evidence = "" if all(map(study.is_evidence, scales)) else ", which cuts the data and so is no evidence"
    note = f"the last run here, at the scale {listed(scales)}{evidence} (`{OWN['trials']}`)."
    return Run(study, tables["trials"], tables["epochs"], _note(note))


def _committed(study: Study, machine: str | None) -> Run:
    """Committed records, those of the machine with most if none is named."""
    kept = {folder.name: folder / RECORDS[0] for folder in machines() if (folder / RECORDS[0]).is_file()}
    why = ""
    if machine is None:
        if not kept:
            raise StudyError(f"no run has finished here, and {REFERENCE} has no records: `make study` starts a run")
        machine = max(kept, key=lambda name: kept[name].stat().st_size)
        why = " No run has finished here yet: `make study` starts one."
    require_known("machine", machine, list(kept))
    records = read_trials(kept[machine])
    note = f"the committed records of {machine} (`{kept[machine]}`).{why}"
    return Run(study, trial_table(records), epoch_table(records), _note(note))


def _note(what: str) -> Markdown:
    return Markdown(f"*Shown: {what}*")


def _read(name: str, path: object) -> pd.DataFrame:
    """Read a table of a run, or say why it cannot be read."""
    if not isinstance(path, str | Path):
        raise StudyError(f"{name}: {path!r} is not the path of a table")
    try:
        table = pd.read_parquet(path)
    except FileNotFoundError:
        beside = [each.name for each in Path(path).absolute().parent.glob("*.parquet")]
        near = did_you_mean(Path(path).name, beside) if beside else "its folder has no table"
        raise StudyError(f"{name}: {path} is not there (from {Path.cwd()}); {near}") from None
    except (OSError, ArrowException) as error:
        raise StudyError(f"{name}: {path} cannot be read as Parquet: {error}") from None
    if lacking := sorted(COLUMNS[name] - set(table)):
        raise StudyError(f"{name}: {path} is not the table of {name}: it has no {listed(lacking)}")
    return table
