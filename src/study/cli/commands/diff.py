"""`study diff`: whether two networks are the same, and what differs."""

from collections.abc import Sequence

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from study.cli.addresses import FORM, address
from study.cli.command import BAD_INPUT, Command, complete_network, require_project, runtime_option
from study.cli.inspector import failures, inspect, network_of
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.networks.comparison import Comparison, compare, differences, training
from study.networks.tables import CHOSEN, FOLLOWS, LEGEND, Part, side_by_side

SAME, DIFFERENT = 0, 1
STYLES = {CHOSEN: "bold red", FOLLOWS: "yellow"}

HELP = f"""Print two networks side by side, and say whether they are the same network.

A network is called {FORM}.
Architecture comes first, then how weights start, then how the experiment
trains. Names of layers, the API and the TensorFlow version do not count."""
EXAMPLES = """\b
exit status:
  0  they are the same network, however they are started and trained
  1  they are not
  2  a mistake in the command, or a model that cannot be built

\b
examples:
  study diff mini_vgg/sequential mini_vgg/subclass --runtime tf-2.10.0
  study diff mini_vgg/sequential mini_vgg/subclass/same_stride_2
  study diff mini_vgg/subclass@tf-1.15.0 mini_vgg/subclass@tf-2.21.0"""


@click.command("diff", cls=Command, help=HELP, epilog=EXAMPLES)
@click.argument("one", metavar="A", shell_complete=complete_network)
@click.argument("other", metavar="B", shell_complete=complete_network)
@runtime_option
def command(one: str, other: str, runtime: str | None) -> int:
    """Print both, and return what the exit status says of them."""
    require_project()
    study, runtimes = load_study(), load_runtimes()
    requested = [address(name, study, runtimes, runtime) for name in (one, other)]
    observations = inspect(requested, study, runtimes)
    if failures(requested, observations):
        return BAD_INPUT
    trained = [training(study.experiments[each.experiment], each.alternative) for each in requested]
    comparison = compare(network_of(observations[0]), network_of(observations[1]), differences(*trained))
    _print_comparison(Console(), [f"{each}\n{each.runtime}" for each in requested], comparison)
    return SAME if comparison.same else DIFFERENT


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
