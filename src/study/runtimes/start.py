"""Starts a module of the runner in a runtime, with nothing of what else is set on this machine.

`python -m study.runtimes.start RUNTIME -- trials PLAN RECORDS …` becomes that process: signals reach it directly. A
runtime that is not there, because another cache is in use or it was emptied, is built first.
"""

import argparse
import os
from collections.abc import Sequence

from study.common.command import run
from study.common.surroundings import variables
from study.runtimes import machine
from study.runtimes.runtime import add_choice, chosen, command_of, prepare


def main(arguments: Sequence[str] | None = None) -> None:
    """Start a module of the runner in a runtime; the module is told where the runtime's description is."""
    parser = argparse.ArgumentParser(prog="python -m study.runtimes.start", description=main.__doc__)
    add_choice(parser)
    parser.add_argument("--alone", action="store_true", help="let no other trial of the study run at the same time")
    parser.add_argument("module", help="module of the runner, after `--`; its arguments follow")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args(arguments)
    runtime, setup = chosen(options)
    description = prepare(options.runtime, runtime, setup=setup)
    locked = machine.share(options.alone)
    python = command_of(options.runtime, runtime, setup, alone=locked and options.alone)
    command = [*python, "-m", options.module, *options.arguments, "--runtime", str(description)]
    os.execvpe(command[0], command, variables())  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    run(main)
