"""`study inspect`: what networks are made of."""

import json
from collections.abc import Iterator, Sequence

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from study.cli.addresses import FORM, addresses
from study.cli.command import BAD_INPUT, Command, complete_network, require_project, runtime_option
from study.cli.inspector import failures, inspect, network_of
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.networks.models import Layer, Network
from study.networks.tables import COLUMNS, NUMBERS, totals

UNKNOWN = "yellow"
# Wider columns are folded.
WIDEST = 28
SPACE = 2

HELP = f"""Print what networks are made of: a table a network, a row a layer.

A network is called {FORM}. Without
a variant all of the experiment's are printed. An alternative is one of the
experiment's alternatives, in config/study.yaml.

Models inside a model are opened to any depth. Defaults are resolved: a pooling
layer that is given no strides is shown with its pool size, which is what it
uses. A layer that the inspector does not know is shown, marked as unknown.
Shapes, multiply-adds and activations are of one sample. Two networks with the
same fingerprint compute the same function, given the same weights."""
EXAMPLES = """\b
exit status:
  0  all were printed
  2  a mistake in the command, or a model that cannot be built

\b
examples:
  study inspect mini_vgg
  study inspect mini_vgg/subclass/same_stride_2 --runtime tf-2.10.0
  study inspect mini_vgg/subclass --before-call
  study inspect mini_vgg/sequential --json | python -m json.tool"""


@click.command("inspect", cls=Command, help=HELP, epilog=EXAMPLES)
@click.argument("network", metavar="EXPERIMENT[/VARIANT[/ALTERNATIVE]]", shell_complete=complete_network)
@runtime_option
@click.option("--before-call", is_flag=True, help="Look before the model is called for the first time.")
@click.option("--json", "as_json", is_flag=True, help="Print the descriptions as JSON, by the networks' names.")
def command(network: str, runtime: str | None, before_call: bool, as_json: bool) -> int:
    """Print what was asked for, and name what cannot be built."""
    require_project()
    study, runtimes = load_study(), load_runtimes()
    requested = addresses(network, study, runtimes, runtime)
    observations = inspect(requested, study, runtimes, before_call)
    built = {each.full: one for each, one in zip(requested, observations, strict=True) if one.status != "fails"}
    if as_json:
        click.echo(json.dumps({name: one.values for name, one in built.items()}, indent=1, ensure_ascii=False))
    else:
        for name, one in built.items():
            _print_network(Console(), name, network_of(one))
    return BAD_INPUT if failures(requested, observations) else 0


def _print_network(console: Console, name: str, network: Network) -> None:
    console.print(Text(name, style="bold"), soft_wrap=True)
    for columns in _packed(network.layers, console.width):
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold", justify="right" if column in NUMBERS else "left")
        for layer in network.layers:
            style = "" if layer.known else UNKNOWN
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
