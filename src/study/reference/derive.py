"""Derives every verdict, every number and the report from the records of one machine."""

from functools import partial
from pathlib import Path

from study.claims.files import CLAIMS
from study.common.atomic import write_text
from study.common.parallel import at_once
from study.config.study import load_study
from study.figures import __main__ as figures
from study.records import collect
from study.records.observations import gather_observations, write_observations
from study.report import conclusions, page, summary
from study.report.embedded import read_embedded
from study.report.notebooks import run_notebooks
from study.verdicts import judge


def derive(trials: Path, observations: Path, samples: Path, folder: Path) -> None:
    """Make the evidence and the report of `trials` and `observations` in `folder`, which need not exist.

    Parameters
    ----------
    samples
        Folder of the datasets' sample images, which are shown as they are.

    Raises
    ------
    StudyError
        If the records cannot be read or judged.
    """
    tables = {name: folder / f"{name}.parquet" for name in ("trials", "epochs")}
    kept, observed, verdicts = (folder / name for name in ("trials.jsonl.gz", "observations.jsonl.gz", "verdicts.json"))
    claims, drawn, executed = Path(CLAIMS), folder / "figures", folder / "notebooks"
    folder.mkdir(parents=True)
    collect.write([trials], tables["trials"], tables["epochs"], kept)
    write_observations(observed, gather_observations([observations]))
    judge.write(kept, observed, claims, verdicts)
    conclusions.write(verdicts, claims, folder / "conclusions.md")
    summary.write(kept, verdicts, claims, folder)
    # The page shows the notebooks of those only.
    trained = {trial.experiment for trial in collect.read_trials(kept)}
    experiments = [name for name in load_study().experiments if name in trained]
    at_once(
        partial(figures.write, kept, observed, claims, verdicts, drawn),
        partial(run_notebooks, experiments, tables, executed),
    )
    report = page.read_report(kept, observed, claims, verdicts, read_embedded(drawn, samples, executed))
    write_text(folder / "report.html", page.render(report))
