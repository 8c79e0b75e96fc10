"""What goes wrong that a user can mend."""

from collections.abc import Iterator
from contextlib import contextmanager


class StudyError(Exception):
    """What is wrong, where, and what to do about it, in words for the person who can mend it."""

    def _render_traceback_(self) -> list[str]:
        """Have a notebook show the words alone, as a command does: IPython calls this in place of its traceback."""
        return [str(self)]


@contextmanager
def about(subject: str) -> Iterator[None]:
    """Begin the words of an error with what they are about."""
    try:
        yield
    except StudyError as error:
        raise StudyError(f"{subject}: {error}") from error
