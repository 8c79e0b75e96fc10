"""`study completion`: what makes a shell complete commands, options and names."""

from pathlib import Path

import click
from click.shell_completion import get_completion_class

from study.cli.command import Command, Name

HELP = """Print what makes a SHELL complete commands, options and names.

\b
For bash or zsh, in .bashrc or .zshrc or by hand:
  eval "$(.venv/bin/study completion bash)"
For fish:
  .venv/bin/study completion fish | source

zsh and fish complete `study` where it is on the PATH, as in an activated
environment; bash also completes `.venv/bin/study`.
"""


@click.command("completion", cls=Command, help=HELP)
@click.argument("shell", metavar="SHELL", type=Name("shell"))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script of one shell."""
    name = Path(str(context.find_root().info_name)).name
    completion = get_completion_class(shell)
    assert completion is not None  # noqa: S101  Click knows all of these
    click.echo(completion(context.find_root().command, {}, name, f"_{name.upper()}_COMPLETE").source())
