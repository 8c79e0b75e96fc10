"""Runs the tools that providers are made of, isolated as steps are; says what went wrong and what helps."""

import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from study.common.errors import StudyError
from study.common.surroundings import variables

LAST_LINES = 15
# What helps, by what any tool says.
REMEDIES = {
    "command not found": "install it, or choose another provider, as in --config provider=uv",
    "no space left on device": (
        "free some disk space, or name a folder that has more: STUDY_CACHE is where runtimes are kept, "
        "APPTAINER_TMPDIR where Apptainer works; `docker system prune` frees what Docker does not use"
    ),
}


class CommandFailedError(StudyError):
    """A command failed.

    Attributes
    ----------
    program
        What was called.
    output
        Its last lines.
    """

    def __init__(self, program: str, output: str) -> None:
        super().__init__(f"{program}: {output}")
        self.program = Path(program).name
        self.output = output

    def explained(self, what: str, remedies: Mapping[str, str] | None = None, otherwise: str = "") -> StudyError:
        """Say what could not be done, what helps (`remedies`, by what the program says) and what it said.

        What helps `otherwise` is said if the program says nothing that is known.
        """
        known = REMEDIES | dict(remedies or {})
        helps = [remedy for words, remedy in known.items() if words.lower() in self.output.lower()]
        said = ": ".join(filter(None, [what, [*helps, otherwise][0]]))
        return StudyError(f"{said}. {self.program} said:\n{indent(self.output, '  ')}")


@dataclass(frozen=True)
class Start:
    """How a runtime's Python is to be started.

    Attributes
    ----------
    variables
        All that it finds in its environment, beside `places`.
    places
        Variables that say where programs and libraries are, outside of a container, which knows its own.
    folders
        Absolute paths of what it must see; the first is the one it works in.
    gpus
        Whether a container is given the machine's GPUs.
    """

    variables: Mapping[str, str]
    places: Mapping[str, str]
    folders: Sequence[Path]
    gpus: bool


def assignments(variables: Mapping[str, str]) -> list[str]:
    """Variables as the command `env` takes them."""
    return [f"{name}={value}" for name, value in variables.items()]


def flags(options: Mapping[str, Sequence[str]]) -> list[str]:
    """Options as a command takes them, each as often as it has values."""
    return [part for option, values in options.items() for value in values for part in (option, value)]


def run(*command: str, **more: str) -> None:
    """Run a command, and pass on what it says as it says it. It inherits this process's locks.

    Parameters
    ----------
    more
        Variables that it finds beside those that steps find.

    Raises
    ------
    CommandFailedError
        If it fails or is not there.
    """
    last: deque[str] = deque(maxlen=LAST_LINES)
    try:
        with subprocess.Popen(  # noqa: S603
            command,
            env=variables() | more,
            close_fds=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            for line in process.stdout or ():
                print(line, end="", file=sys.stderr, flush=True)
                last.append(line)
    except OSError as error:
        raise CommandFailedError(command[0], _why_not(error)) from None
    if process.returncode:
        raise CommandFailedError(command[0], "".join(last).rstrip())


def ask(*command: str, stdin: str | None = None, **more: str) -> str:
    """What a command prints; `stdin` is what it can read, `more` variables that it finds. Raises as `run` does."""
    try:
        done = subprocess.run(  # noqa: S603
            command, env=variables() | more, input=stdin, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise CommandFailedError(command[0], _why_not(error)) from None
    if done.returncode:
        raise CommandFailedError(command[0], _last_words(done))
    return done.stdout


def _why_not(error: OSError) -> str:
    return "command not found" if isinstance(error, FileNotFoundError) else f"it cannot be started: {error.strerror}"


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    killed = [f"killed by {signal.Signals(-done.returncode).name}"] if done.returncode < 0 else []
    return "\n".join([*done.stderr.splitlines()[-LAST_LINES:], *killed])
