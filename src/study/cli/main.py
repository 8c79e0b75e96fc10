"""Looks at the study's networks, whichever API and TensorFlow version builds them."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from study.cli.addresses import FORM, Address, address, addresses
from study.cli.inspector import inspect
from study.common.command import run
from study.common.errors import StudyError, about
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.networks.comparison import Comparison, compare, differences, training
from study.networks.models import Layer, Network
from study.networks.tables import CHOSEN, COLUMNS, FOLLOWS, LEGEND, NUMBERS, Part, side_by_side, totals
from study.records.models import Observation

SAME, DIFFERENT, BAD_INPUT = 0, 1, 2
STYLES = {CHOSEN: "bold red", FOLLOWS: "yellow"}
# Wider columns are folded.
WIDEST = 28
SPACE = 2

EXAMPLES = """examples:
  study inspect mini_vgg
  study inspect mini_vgg/subclass --runtime tf-1.15.0
  study diff mini_vgg/sequential mini_vgg/subclass/same_stride_2
  study diff mini_vgg/subclass@tf-1.15.0 mini_vgg/subclass@tf-2.21.0

`study inspect --help` and `study diff --help` say more."""
INSPECT = f"""Print what networks are made of: a table a network, a row a layer.

A network is called {FORM}. Without
a variant all of the experiment's are printed. An alternative is one of the
experiment's alternatives, in config/study.yaml.

Models inside a model are opened to any depth. Defaults are resolved: a pooling
layer that is given no strides is shown with its pool size, which is what it
uses. A layer that the inspector does not know is shown, marked as unknown.
Shapes, multiply-adds and activations are of one sample. Two networks with the
same fingerprint compute the same function, given the same weights."""
INSPECT_EXAMPLES = """examples:
  study inspect mini_vgg
  study inspect mini_vgg/subclass/same_stride_2 --runtime tf-2.10.0
  study inspect mini_vgg/subclass --before-call
  study inspect mini_vgg/sequential --json | python -m json.tool"""
DIFF = f"""Print two networks side by side, and say whether they are the same network.

A network is called {FORM}.
Architecture comes first, then how weights start, then how the experiment
trains. Names of layers, the API and the TensorFlow version do not count."""
DIFF_EXAMPLES = """exit status:
  0  they are the same network, however they are started and trained
  1  they are not
  2  a mistake in the command, or a model that cannot be built

examples:
  study diff mini_vgg/sequential mini_vgg/subclass --runtime tf-2.10.0
  study diff mini_vgg/sequential mini_vgg/subclass/same_stride_2
  study diff mini_vgg/subclass@tf-1.15.0 mini_vgg/subclass@tf-2.21.0"""


def study() -> NoReturn:
    """Run the command `study`, and exit with the status that its help promises."""
    run(main, failed=BAD_INPUT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; what is wrong with it is said in one sentence, before any work."""
    chosen = _parser().parse_args(arguments)
    with about(f"study {chosen.command}"):
        status: int = chosen.do(chosen)
    return status


def _parser() -> argparse.ArgumentParser:
    as_it_is = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="study", description=__doc__, epilog=EXAMPLES, formatter_class=as_it_is)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (do, short, long, examples) in COMMANDS.items():
        command = commands.add_parser(name, help=short, description=long, epilog=examples, formatter_class=as_it_is)
        command.set_defaults(do=do)
        command.add_argument("--runtime", metavar="R", help="TensorFlow version where none is named (default: newest)")
    one, two = (commands.choices[name] for name in COMMANDS)
    one.add_argument("network", metavar="EXPERIMENT[/VARIANT[/ALTERNATIVE]]", help="which networks")
    one.add_argument("--before-call", action="store_true", help="look before the model is called for the first time")
    one.add_argument("--json", action="store_true", help="print the descriptions as JSON, by the networks' names")
    two.add_argument("one", metavar="A", help="a network")
    two.add_argument("other", metavar="B", help="another network")
    return parser


def _inspect(chosen: argparse.Namespace) -> int:
    _require_project()
    study, runtimes = load_study(), load_runtimes()
    requested = addresses(chosen.network, study, runtimes, chosen.runtime)
    observations = inspect(requested, study, runtimes, chosen.before_call)
    if chosen.json:
        values = {
            _named(each): one.values for each, one in zip(requested, observations, strict=True) if one.status != "fails"
        }
        print(json.dumps(values, indent=1, ensure_ascii=False))
    else:
        for each, one in zip(requested, observations, strict=True):
            if one.status != "fails":
                _print_network(Console(), _named(each), _network(one))
    return _print_failed(requested, observations)


def _diff(chosen: argparse.Namespace) -> int:
    _require_project()
    study, runtimes = load_study(), load_runtimes()
    requested = [address(name, study, runtimes, chosen.runtime) for name in (chosen.one, chosen.other)]
    observations = inspect(requested, study, runtimes)
    if failed := _print_failed(requested, observations):
        return failed
    trained = [training(study.experiments[each.experiment], each.alternative) for each in requested]
    comparison = compare(_network(observations[0]), _network(observations[1]), differences(*trained))
    _print_comparison(Console(), [f"{each}\n{each.runtime}" for each in requested], comparison)
    return SAME if comparison.same else DIFFERENT


# What each does, in short and at length, with examples.
COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int], str, str, str]] = {
    "inspect": (_inspect, "print what networks are made of", INSPECT, INSPECT_EXAMPLES),
    "diff": (_diff, "say whether two networks are the same, and what differs", DIFF, DIFF_EXAMPLES),
}


def _require_project() -> None:
    if not Path("config/study.yaml").exists():
        raise StudyError("run this in the project's folder: there is no config/study.yaml here")


def _print_failed(requested: Sequence[Address], observations: Sequence[Observation]) -> int:
    """Name every network that cannot be built; 0 if there is none."""
    failed = [(each, one.error) for each, one in zip(requested, observations, strict=True) if one.error]
    for each, error in failed:
        print(f"{_named(each)} cannot be built. {error.type}: {error.message}", file=sys.stderr)
    return BAD_INPUT if failed else SAME


def _named(each: Address) -> str:
    return f"{each}@{each.runtime}"


def _network(observation: Observation) -> Network:
    return Network.model_validate(observation.values)


def _print_network(console: Console, name: str, network: Network) -> None:
    console.print(Text(name, style="bold"), soft_wrap=True)
    for columns in _packed(network.layers, console.width):
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold", justify="right" if column in NUMBERS else "left")
        for layer in network.layers:
            style = "" if layer.known else STYLES[FOLLOWS]
            table.add_row(*(Text(COLUMNS[column](layer)) for column in columns), style=style)
        console.print(table, "")
    for what, value in totals(network).items():
        console.print(Text(f"{what}: {value}"), soft_wrap=True)
    console.print()


def _packed(layers: Sequence[Layer], width: int) -> Iterator[list[str]]:
    """Share out all columns to as many tables as the width asks for, each with the layers' names."""
    first, *others = COLUMNS
    group, used = [first], _width(first, layers)
    for column in others:
        needed = _width(column, layers)
        if used + needed > width and len(group) > 1:
            yield group
            group, used = [first], _width(first, layers)
        group, used = [*group, column], used + needed
    yield group


def _width(column: str, layers: Sequence[Layer]) -> int:
    lines = [column, *(line for layer in layers for line in COLUMNS[column](layer).splitlines())]
    return min(max(map(len, lines)), WIDEST) + SPACE


def _print_comparison(console: Console, names: Sequence[str], comparison: Comparison) -> None:
    if comparison.inputs:
        console.print(Text("The two networks have different inputs.", style=STYLES[CHOSEN]))
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for heading in ("", "", *names):
        table.add_column(heading, overflow="fold")
    for part in side_by_side(comparison):
        _add(table, part)
    console.print(table, "")
    console.print(Text(LEGEND, style="dim"))
    console.print(Text(comparison.verdict(), style="bold"), soft_wrap=True)


def _add(table: Table, part: Part) -> None:
    table.add_row("", Text(part.title, style="bold"))
    for line in part.lines:
        table.add_row(*map(Text, (line.mark, line.name, line.one, line.other)), style=STYLES.get(line.mark, ""))
    table.add_section()
