"""Follows a guide of `docs/adding/` to the letter: writes what it says to write, and runs what it says to run."""

import re
from pathlib import Path

from checkout import Checkout

# What a guide tells to run or to write, and where to.
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"^(Write|Append to|Insert in) `([^`]+)`(?: before `([^`]+)`)?", re.MULTILINE)


def follow(guide: Path, checkout: Checkout) -> None:
    """Do what the guide says, in its order."""
    text = guide.read_text("utf-8")
    for block in BLOCK.finditer(text):
        kind, content = block.groups()
        if kind == "sh":
            for command in content.splitlines():
                done = checkout.run("bash", "-c", command)
                assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}"
        else:
            verb, name, before = FILE.findall(text[: block.start()])[-1]
            path = checkout.root / name
            old = path.read_text("utf-8") if verb != "Write" else ""
            path.write_text(_inserted(old, content, before) if before else f"{old}\n{content}".lstrip("\n"), "utf-8")


def _inserted(text: str, content: str, before: str) -> str:
    """Put `content` before the one line that begins with `before`."""
    assert text.count(f"\n{before}") == 1, f"not one line begins with {before!r}"
    return text.replace(f"\n{before}", f"\n{content}{before}")


def is_followed(guide: Path) -> bool:
    """Whether every block of the guide is run, or says where it is written."""
    text = guide.read_text("utf-8")
    written = [kind for kind, _ in BLOCK.findall(text) if kind != "sh"]
    return text.count("```") == 2 * len(BLOCK.findall(text)) and len(FILE.findall(text)) == len(written)
