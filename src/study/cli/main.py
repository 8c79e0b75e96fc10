"""The command `study`: looks at runs of the study and at its networks."""

from collections.abc import Sequence
from typing import NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from study.cli.command import BAD_INPUT
from study.cli.registry import commands
from study.common.command import run
from study.common.errors import StudyError

EXAMPLES = """\b
examples:
  study plan smoke
  study status
  study inspect mini_vgg
  study diff mini_vgg/sequential mini_vgg/subclass/same_stride_2

`study COMMAND --help` says more. In the shell's settings,
`eval "$(study completion bash)"` makes bash complete all of it.
"""

GROUP = click.Group(
    "study",
    commands=commands(),
    help="Look at runs of the study, before, while and after they run, and at its networks.",
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def study() -> NoReturn:
    """Run the command `study`, and exit with the status that its help promises."""
    run(main, failed=BAD_INPUT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; what is wrong with it is said in one sentence, before any work."""
    try:
        status: int | None = GROUP.main(arguments, prog_name=GROUP.name, standalone_mode=False)
    except NoArgsIsHelpError as error:
        raise StudyError(error.format_message()) from None
    except click.UsageError as error:
        raise StudyError(f"{error.ctx.command_path if error.ctx else GROUP.name}: {error.format_message()}") from None
    except click.Abort:
        raise KeyboardInterrupt from None
    return status or 0
