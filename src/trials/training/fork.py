"""Calls a function in a process of its own, so that it may crash, hang or change what holds for a whole process."""

import ctypes
import multiprocessing
import os
import signal

PR_SET_PDEATHSIG = 1
# Why a process is likely to have been killed, by the signal that did it.
CAUSES = {
    signal.SIGKILL: "the system kills a process so when memory runs out",
    signal.SIGILL: "this build of TensorFlow needs instructions that the processor does not have",
    signal.SIGABRT: "TensorFlow gave up, and its last words are in the log",
    signal.SIGBUS: "a disk or /dev/shm is full, or a file was cut off while it was read",
    signal.SIGSEGV: "compiled code crashed",
}


class ProcessDiedError(Exception):
    """A process ended before its function did: how, the likely cause, and how much memory is free."""

    def __init__(self, exitcode):
        super().__init__(_how_it_ended(exitcode))


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
    ProcessDiedError
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
        if process.exitcode == -signal.SIGINT:  # Ctrl-C, which reaches this process too
            raise KeyboardInterrupt from None
        raise ProcessDiedError(process.exitcode) from None
    process.join()
    if isinstance(result, Exception):
        raise result
    return result


def _how_it_ended(exitcode):
    if exitcode >= 0:
        return f"the process ended with exit status {exitcode}; what it said is in the log"
    name = signal.Signals(-exitcode).name
    with open("/proc/meminfo", encoding="utf-8") as file:
        kilobytes = dict(line.split(":") for line in file)["MemAvailable"].split()[0]
    cause = CAUSES.get(-exitcode, "something outside ended it")
    return f"the process was killed by {name}: {cause}; {int(kilobytes) / 2**20:.1f} GiB of memory are free now"


def _run(parent, sender, expected, function, arguments):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once and without a traceback
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)
    try:
        result = function(*arguments)
    except expected as error:
        result = error
    sender.send(result)
    sender.close()
