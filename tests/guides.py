"""Follows a guide of `docs/` to the letter: whatever it says to write, append or insert is done in a checkout."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STEP = re.compile(
    r"^(?P<verb>Write|Append to|Insert in) `(?P<path>[^`]+)`(?: before `(?P<before>[^`]+)`)?.*?"
    r"^```\w+\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Step:
    """A file and what a guide does to it."""

    verb: str
    path: str
    before: str | None
    text: str

    def apply(self, root: Path) -> None:
        """Do it in the checkout at `root`."""
        path = root / self.path
        if self.verb == "Write":
            path.write_text(self.text, "utf-8")
            return
        content = path.read_text("utf-8")
        if self.verb == "Append to":
            path.write_text(f"{content}\n{self.text}", "utf-8")
            return
        assert content.count(f"\n{self.before}") == 1, f"{self.path} has no one line that begins with {self.before!r}"
        path.write_text(content.replace(f"\n{self.before}", f"\n{self.text}{self.before}"), "utf-8")


def steps_of(guide: Path) -> Iterator[Step]:
    """Every step of a guide, in order."""
    for found in STEP.finditer(guide.read_text("utf-8")):
        yield Step(**found.groupdict())


def follow(guide: Path, root: Path) -> list[tuple[str, str]]:
    """Follow a guide in the checkout at `root`; return what was done to which files."""
    done = []
    for step in steps_of(guide):
        step.apply(root)
        done.append((step.verb, step.path))
    return done
