"""`study plan`: what a run would do and take."""

import json
from collections.abc import Mapping

import click
from rich import box
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from study.cli.command import BAD_INPUT, Command, Name, require_project
from study.common.duration import about
from study.planning.needs import Needs
from study.planning.preview import Preview, preview
from study.planning.run import Run, whole
from study.planning.speed import Slowness, slowness

FITS, TOO_LARGE = 0, 1

HELP = """Say what a run at SCALE would do, and what it takes: trials, time, download, disk.

Nothing is started or written. A calibration of a few seconds tells how fast
this machine is, or jobs of the study that it has finished, if there are ten.

Trials are expected to take what committed records say (reports/reference),
all else what one measured run took, times this machine's factor. The time is
of a run from nothing, without downloads and without building TensorFlow's
runtimes; download and disk are of what is not here yet."""
EXIT = f"""\b
exit status:
  {FITS}  there is room for all that is known
  {TOO_LARGE}  there is not
  {BAD_INPUT}  a mistake in the command or in the configuration

\b
--json prints an object:
  scale, cores         of the run
  trials, jobs         how many
  experiments          by name: trials, jobs, seconds of its jobs
  seconds              from start to end: expected, low, high
  speed                factor (this machine / the measured one), method
                       ("calibration" or "finished jobs"), how
  download             bytes by what they are of
  copy                 the same, of what a mirror's folder holds
  disk                 a list: place, bytes, free
  unknown              what was never measured and is in no number
  guessed_trials       how many have no like among the records

\b
examples:
  study plan smoke
  study plan full --edition 180px
  study plan quick --provider docker --cores 4
  study plan full --json | jq .seconds"""


@click.command("plan", cls=Command, help=HELP, epilog=EXIT)
@click.argument("scale", metavar="SCALE", type=Name("scale"))
@click.option("--edition", metavar="E", type=Name("edition"), help="Edition of the images (default: as the workflow).")
@click.option(
    "--provider", metavar="P", type=Name("provider"), help="Who provides the runtimes (default: as configured)."
)
@click.option(
    "--gpu", metavar="R", type=Name("runtime"), multiple=True, help="A runtime that trains on the GPU; may come again."
)
@click.option("--cores", metavar="N", type=click.IntRange(min=1), help="Cores that Snakemake gets (default: all).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, cores: int | None, as_json: bool, **said: object) -> int:
    """Print what the run takes that is configured as `said`."""
    require_project()
    found = preview({name: value for name, value in said.items() if value}, cores)
    speed = slowness(found.spread)
    if as_json:
        click.echo(json.dumps(_as_json(found, speed), indent=1))
    else:
        _print(Console(), found, speed)
    return FITS if found.needs.fits else TOO_LARGE


def _experiments(run: Run, factor: float) -> Mapping[str, Mapping[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for job in run.jobs:
        of = found.setdefault(job.path.split("/")[1], {"trials": 0, "jobs": 0, "seconds": 0.0})
        of["trials"] += len(job.trials)
        of["jobs"] += 1
        of["seconds"] += round(job.seconds * factor, 1)
    return found


def _as_json(found: Preview, speed: Slowness) -> dict[str, object]:
    seconds = speed.factor * whole(found.run).seconds(found.run.cores)
    return {
        "scale": found.run.scale,
        "cores": found.run.cores,
        "trials": len(list(found.run.trials)),
        "jobs": len(found.run.jobs),
        "experiments": _experiments(found.run, speed.factor),
        "seconds": dict(
            zip(("expected", "low", "high"), (round(seconds * by) for by in (1, *speed.spread)), strict=True)
        ),
        "speed": {"factor": round(speed.factor, 3), "method": speed.method, "how": speed.how},
        "download": found.needs.downloads,
        "copy": found.needs.copies,
        "disk": [{"place": str(room.place), "bytes": room.needed, "free": room.free} for room in found.needs.rooms],
        "unknown": found.needs.unknown,
        "guessed_trials": found.guessed,
    }


def _print(console: Console, found: Preview, speed: Slowness) -> None:
    run = found.run
    seconds = speed.factor * whole(run).seconds(run.cores)
    title = f"{run.scale}: {len(list(run.trials))} trials in {len(run.jobs)} jobs on {run.cores} cores"
    console.print(Text(title, style="bold"), soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for heading in ("experiment", "trials", "jobs", "time of its jobs"):
        table.add_column(heading, justify="left" if heading == "experiment" else "right", overflow="fold")
    for name, of in _experiments(run, speed.factor).items():
        table.add_row(name, str(of["trials"]), str(of["jobs"]), about(of["seconds"]).removeprefix("about "))
    console.print(table, "")
    low, high = (about(seconds * by).removeprefix("about ") for by in speed.spread)
    lines = {
        "time": f"{about(seconds)} ({low} to {high}) from nothing, without downloads",
        "": f"by {speed.how}, and by what {found.reference} recorded",
        "download": _bytes(found.needs.downloads),
        "copy": _bytes(found.needs.copies) if found.needs.copies else "",
        "disk": "; ".join(_room(found.needs)),
        "not known": ", ".join(found.needs.unknown),
        "guessed": f"{found.guessed} trials have no like among the committed records" if found.guessed else "",
    }
    for name, line in lines.items():
        if line:
            style = "bold red" if name == "disk" and not found.needs.fits else ""
            console.print(Text(f"{name:10}{line}", style=style), soft_wrap=True)
    for note in found.notes:
        console.print(Text(note), soft_wrap=True)


def _bytes(sizes: Mapping[str, int]) -> str:
    each = ", ".join(f"{name} {decimal(size)}" for name, size in sizes.items())
    return f"{decimal(sum(sizes.values()))}: {each}" if sizes else "nothing, all is here"


def _room(needs: Needs) -> list[str]:
    return [f"{decimal(room.needed)} more in {room.place}, where {decimal(room.free)} are free" for room in needs.rooms]
