"""The commands of `study`: each is the module of its name in `study.cli.commands`, loaded when it is used."""

import importlib
from typing import Any

import click

# A module has a `command`; here stands what `study --help` says of it.
COMMANDS = {
    "plan": "say what a run would do, and what it takes on this machine",
    "status": "say how far a run is, also while it runs",
    "inspect": "print what networks are made of",
    "diff": "say whether two networks are the same, and what differs",
    "completion": "print what makes a shell complete commands, options and names",
}


class Lazy(click.Command):
    """Stands for a command until its arguments are read: no other command's modules are loaded."""

    def make_context(self, info_name: str | None, args: list[str], *others: Any, **extra: Any) -> click.Context:
        module = importlib.import_module(f"study.cli.commands.{self.name}")
        command: click.Command = module.command
        return command.make_context(info_name, args, *others, **extra)


def commands() -> dict[str, click.Command]:
    """Every command by its name, none of them loaded."""
    return {name: Lazy(name, short_help=short) for name, short in COMMANDS.items()}
