"""Does the same with many things in several processes, and says how far it is."""

import ctypes
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

from study.common.progress import progress

Item = TypeVar("Item")
Result = TypeVar("Result")
CHUNK = 256  # items that a process takes at once: few enough to end together, many enough that messages cost little

PR_SET_PDEATHSIG = 1  # of Linux: the signal that a process gets when its parent has ended

_work: list[Callable[[Any], Any]] = []


def each(
    name: str, work: Callable[[Item], Result], items: Sequence[Item], processes: int, chunk: int = CHUNK
) -> Iterator[Result]:
    """Yield what `work` gives for each item, in their order; a process takes a `chunk` of them at once.

    Processes are forked, so `work` may hold what cannot be sent to another process, an open file for example.
    """
    with ProcessPoolExecutor(processes, get_context("fork"), _begin, (work,)) as pool:
        try:
            # All processes are forked here, before the display of the progress starts a thread.
            results = pool.map(_do, items, chunksize=chunk)
            with progress(name, len(items)) as advance:
                for number, result in enumerate(results, start=1):
                    # Redrawing costs as much as a tenth of the work on an item.
                    if number % chunk == 0:
                        advance(chunk)
                    yield result
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin(work: Callable[[Any], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the process that waits for this one too
    _work[:] = [work]


def _do(item: Any) -> Any:
    return _work[0](item)


def at_once(*tasks: Callable[[], Result]) -> list[Result]:
    """Return what each of a few long tasks gives, each done in a process of its own.

    Processes are started afresh, so a task must be of what can be sent to another process, a `partial` of a function
    for example. A forked one would inherit the locks and the loops of threads that it does not: a notebook, which
    Jupyter's client executes with threads, would wait for them for ever.
    """
    with ProcessPoolExecutor(len(tasks), get_context("spawn"), _begin_mortal) as pool:
        return [each.result() for each in [pool.submit(task) for task in tasks]]


def _begin_mortal() -> None:
    """Let this process end at once with the one that started it, and without a word: what it does takes long."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
