"""`study status`: how far a run is."""

import importlib
import json
from collections import Counter
from datetime import UTC, datetime

import click
from rich import box
from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from study.cli.command import BAD_INPUT, Command, Name, require_project
from study.common.duration import about
from study.monitoring.status import STATES, JobStatus, Status, ends, status_of
from study.planning.run import Run, read

FINISHED, FAILED, UNFINISHED = 0, 1, 3
STYLES = {"done": "green", "running": "cyan", "missing": "", "failed": "bold red"}

HELP = """Say how far a run is: trials done, running, missing and failed, and the time left.

Without SCALE it is the run that was started last in this folder, whether or
not it still runs. A trial is done when its record is there, made by the code
and the plan of that run; failed, when it ended otherwise than planned.

The time left is what the runner says of the jobs that run, and for all else
what was expected, times how much longer than expected the finished jobs took.

It reads files, takes no lock, and may be called while timed trials run."""
EXIT = f"""\b
exit status:
  {FINISHED}  everything is done
  {FAILED}  a trial failed that was not to fail
  {BAD_INPUT}  a mistake in the command
  {UNFINISHED}  something is left to do, whether or not a run is at work

\b
--json prints an object:
  scale, edition       of the run; edition null: left to the mirror
  at_work              whether a workflow runs here
  trials               numbers: planned, done, running, missing, failed
  jobs                 a list: job (as in results/trials), timed, those
                       numbers; of a running trial epoch and epochs
  failures             a list: job, trial, reason
  steps                numbers: planned, done; begun: files being made
  slowness             jobs' time / expected time; null: none has ended
  seconds_left, ends   of a run at work, or one that is started now

\b
examples:
  study status
  study status full --edition 180px
  watch --interval 30 study status
  study status --json | jq .seconds_left"""


@click.command("status", cls=Command, help=HELP, epilog=EXIT)
@click.argument("scale", required=False, metavar="[SCALE]", type=Name("scale"))
@click.option("--edition", metavar="E", type=Name("edition"), help="Edition of the images, where a run named one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(scale: str | None, edition: str | None, as_json: bool) -> int:
    """Print how far the run is."""
    require_project()
    status = status_of(_run(scale, edition))
    if as_json:
        click.echo(json.dumps(_as_json(status), indent=1))
    else:
        _print(Console(), status)
    if status.failures:
        return FAILED
    return FINISHED if status.finished else UNFINISHED


def _run(scale: str | None, edition: str | None) -> Run:
    """What the run was to do as it was started; what a run so named would do, if that one was another."""
    started = read()
    if started and scale in (None, started.scale) and edition in (None, started.edition):
        return started
    said = {"scale": scale, "edition": edition}
    # It loads all of the configuration, which takes a second.
    run: Run = importlib.import_module("study.planning.preview").planned_run({k: v for k, v in said.items() if v})
    return run


def _as_json(status: Status) -> dict[str, object]:
    return {
        "scale": status.run.scale,
        "edition": status.run.edition,
        "at_work": bool(status.work.snakemake),
        "trials": {"planned": len(list(status.run.trials))} | status.trials,
        "jobs": [_job_as_json(each) for each in status.jobs],
        "failures": [vars(failure) for failure in status.failures],
        "steps": {
            "planned": len(status.run.steps),
            "done": len(status.run.steps) - len(status.steps_left),
            "begun": sorted(status.work.begun),
        },
        "slowness": status.slowness,
        "seconds_left": round(status.seconds_left, 1),
        "ends": datetime.fromtimestamp(ends(status), UTC).isoformat(timespec="seconds"),
    }


def _job_as_json(each: JobStatus) -> dict[str, object]:
    epoch = each.said.epoch
    said = dict(zip(("epoch", "epochs"), epoch, strict=True)) if epoch else {}
    return {"job": each.job.path, "timed": each.job.timed, "planned": each.planned} | dict(each.trials) | said


def _print(console: Console, status: Status) -> None:
    numbers, planned = status.trials, len(list(status.run.trials))
    counts = ", ".join(f"{numbers[state]} {state}" for state in STATES if numbers[state] or state == "done")
    console.print(Text(f"{status.run.scale}: {planned} trials: {counts}", style="bold"), soft_wrap=True)
    if console.is_terminal:
        console.print(ProgressBar(total=planned, completed=numbers["done"], width=min(console.width, 60)))
    console.print(_table(status), "")
    for each in status.jobs:
        if each.trials["running"]:
            console.print(Text(f"running: {_running(each)}", style=STYLES["running"]), soft_wrap=True)
    for path in sorted(path for path in status.work.begun if not path.startswith("results/trials/")):
        console.print(Text(f"running: {path}", style=STYLES["running"]), soft_wrap=True)
    for failure in status.failures:
        said = f"failed: {failure.job}: {failure.trial}: {failure.reason}"
        console.print(Text(said, style=STYLES["failed"]), soft_wrap=True)
    console.print(Text(_outlook(status)), soft_wrap=True)


def _table(status: Status) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    table.add_column("experiment", overflow="fold")
    for state in STATES:
        table.add_column(state, justify="right", style=STYLES[state])
    found: dict[str, Counter[str]] = {}
    for each in status.jobs:
        found.setdefault(each.job.path.split("/")[1], Counter()).update(each.trials)
    for experiment, numbers in found.items():
        table.add_row(experiment, *(str(numbers[state] or "") for state in STATES))
    return table


def _running(each: JobStatus) -> str:
    ended = each.planned - each.trials["missing"] - each.trials["running"]
    epoch = ", epoch {} of {} done".format(*each.said.epoch) if each.said.epoch else ""
    waiting = f", {each.said.waiting}" if each.said.waiting else ""
    return f"{each.job.path}: trial {ended + 1} of {each.planned}{epoch}{waiting}"


def _outlook(status: Status) -> str:
    if status.finished:
        return "Everything is done."
    left = f"{about(status.seconds_left)} left"
    supposed = (
        "" if status.slowness else " That supposes a machine like the one that was measured; no job has ended yet."
    )
    if status.work.snakemake:
        until = datetime.fromtimestamp(ends(status)).astimezone()
        return f"A run is at work: {left}, until {until:%a %H:%M}.{supposed}"
    killed = ", but trials of one that was killed still run" if status.work.jobs else ""
    return f"No run is at work here{killed}. The same command again goes on: {left}.{supposed}"
