"""Says how far long work is, and how long it will still take."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

SECONDS_BETWEEN_LINES = 10.0
BYTES: tuple[type[ProgressColumn], ...] = (DownloadColumn, TransferSpeedColumn)
ITEMS: tuple[type[ProgressColumn], ...] = (MofNCompleteColumn,)


@contextmanager
def progress(
    name: str, total: int, start: int = 0, counted: tuple[type[ProgressColumn], ...] = ITEMS
) -> Iterator[Callable[[int], None]]:
    """Show a bar with the time left on a terminal, elsewhere a line every few seconds.

    Parameters
    ----------
    name
        What is worked on.
    total, start
        How much there is, and how much of it was done before.
    counted
        How amounts are shown: BYTES or ITEMS.

    Yields
    ------
    callable
        To be called with how much more is done.
    """
    columns = (TextColumn("  {task.description}"), BarColumn(), *(column() for column in counted))
    terminal = sys.stderr.isatty()
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not terminal, transient=True) as bar:
        bar.add_task(name, total=total, completed=start)
        (task,) = bar.tasks
        last_line = time.monotonic()

        def advance(amount: int) -> None:
            nonlocal last_line
            bar.advance(task.id, amount)
            now, left = time.monotonic(), task.time_remaining
            if not terminal and left is not None and now - last_line >= SECONDS_BETWEEN_LINES:
                say(f"  {name}: {task.percentage:.0f} %, {left:.0f} s left")
                last_line = now

        yield advance


def say(line: str) -> None:
    """Print a line where the progress is shown."""
    print(line, file=sys.stderr, flush=True)
