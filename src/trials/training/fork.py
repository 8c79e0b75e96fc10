"""Calls a function in a process of its own, so that it may crash, hang or change what holds for a whole process."""

import ctypes
import multiprocessing
import os
import signal

PR_SET_PDEATHSIG = 1


def call(function, *arguments, expected=(), seconds=None):
    """Call `function` in a forked process, which dies when this one does.

    Parameters
    ----------
    function : callable
        What it returns must be picklable.
    expected : tuple of Exception classes
        What `function` may raise: it is raised here as it was there. Anything else ends the process.
    seconds : float or None
        How long it may take; None is for ever.

    Returns
    -------
    object
        What `function` returns.

    Raises
    ------
    ChildProcessError
        When the process ended before `function` did.
    TimeoutError
        When it took too long; the process was killed.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(os.getpid(), sender, expected, function, arguments))
    process.start()
    sender.close()
    if not receiver.poll(seconds):
        process.kill()
        process.join()
        raise TimeoutError(f"the process did not end within {seconds} seconds")
    try:
        result = receiver.recv()
    except EOFError:  # it ended without a word
        process.join()
        message = f"the process ended with exit code {process.exitcode} (negative: killed by that signal)"
        raise ChildProcessError(message) from None
    process.join()
    if isinstance(result, Exception):
        raise result
    return result


def _run(parent, sender, expected, function, arguments):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)
    try:
        result = function(*arguments)
    except expected as error:
        result = error
    sender.send(result)
    sender.close()
