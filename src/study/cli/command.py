"""What all commands of `study` have in common: how they fail, and names with their nearest valid ones."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from study.common.errors import StudyError, about

BAD_INPUT = 2
# Where this code is, and in a checkout also that which runs in TensorFlow.
SOURCES = Path(__file__).parents[2]


class Command(click.Command):
    """A command whose errors begin with its name."""

    def invoke(self, ctx: click.Context) -> Any:
        with about(ctx.command_path):
            return super().invoke(ctx)


class Name(click.ParamType[str]):
    """One of the study's names of a kind, a key of `study.cli.names.VALID`; another is refused with the nearest."""

    def __init__(self, kind: str) -> None:
        self.name = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            _names().require(self.name, value)
        except StudyError as error:
            self.fail(str(error), param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return completed(_names().VALID[self.name], incomplete)


runtime_option = click.option(
    "--runtime", metavar="R", type=Name("runtime"), help="TensorFlow version where none is named (default: newest)."
)


def complete_network(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the address of a network part by part."""
    return completed(lambda: _names().addresses_below(incomplete), incomplete)


def completed(names: Callable[[], list[str]], incomplete: str) -> list[CompletionItem]:
    """Names that begin so; none where the configuration cannot be read, for a shell has no place for errors."""
    try:
        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]
    except StudyError:
        return []


def require_project() -> None:
    """Raise StudyError anywhere but in the project's folder, and where the code for TensorFlow is not beside this."""
    if not Path("config/study.yaml").exists():
        raise StudyError("run this in the project's folder: there is no config/study.yaml here")
    if not (SOURCES / "trials").is_dir():
        raise StudyError(
            f"this `study` was installed into {SOURCES}, apart from the code that runs in TensorFlow: "
            "run `make environment` here, and then .venv/bin/study"
        )


def _names() -> Any:
    # It reads the configuration, which takes longer than `study status` may: only where a name was given.
    return importlib.import_module("study.cli.names")
