"""The numbers of the sources: which of them a claim answers, which state nothing, and which are left over."""

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import yaml
from pydantic import field_validator

from study.claims.models import Claim
from study.claims.page import NUMBER, Page, Span, with_numbers
from study.claims.rules import CurveClaim
from study.common.atomic import write_text
from study.common.command import run
from study.config.validation import Sha256, StrictModel, load_yaml

SOURCES = Path("config/sources.yaml")


class Explained(StrictModel):
    """What of a source states nothing to judge, as `pattern` (a regular expression) finds it, and why."""

    pattern: str
    reason: str

    @field_validator("pattern")
    @classmethod
    def _pattern_compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern


class Uncovered(Explained):
    """Numbers that state nothing to judge: those inside what the pattern matches."""


class Unjudged(Explained):
    """Sentences that state nothing to judge: those that the pattern matches from end to end."""


class Source(StrictModel):
    """A published document: what names it, its bytes, and the lines of its text that hold a number.

    `version` are the words with which it names its version of TensorFlow, if it does.
    """

    file: str
    title: str
    version: str | None = None
    sha256: Sha256
    uncovered: list[Uncovered] = []
    unjudged: list[Unjudged] = []
    passages: list[str]


def load_sources(path: str | Path = SOURCES) -> list[Source]:
    """Read what is kept of the sources."""
    return load_yaml(path, list[Source])


def passages_of(text: str) -> list[str]:
    """Lines of `text` that hold a digit, verbatim."""
    return [line for line in text.splitlines() if re.search(r"\d", line)]


def leftovers(source: Source, claims: Iterable[Claim]) -> list[str]:
    """Numbers of `source` that no claim answers and no entry of `uncovered` explains, each with its line."""
    page = Page(source.passages)
    covered = list(_stating_nothing(source, page))
    for claim in claims:
        if claim.source == source.file:
            covered += page.quoted(with_numbers(claim.quote))
            covered += page.curve(claim) if isinstance(claim, CurveClaim) else []
    return [
        f"{source.file}: {number.group()} in: {source.passages[page.line_at(number.start())]}"
        for number in NUMBER.finditer(page.text)
        if not any(start <= number.start() and number.end() <= end for start, end in covered)
    ]


def idle(source: Source, claims: Sequence[Claim]) -> list[str]:
    """Patterns of `uncovered` without which no number would be left over."""
    return [
        entry.pattern
        for entry in source.uncovered
        if not leftovers(
            source.model_copy(update={"uncovered": [other for other in source.uncovered if other != entry]}), claims
        )
    ]


def _stating_nothing(source: Source, page: Page) -> Iterator[Span]:
    for entry in source.uncovered:
        for start, line in zip(page.starts, page.lines, strict=True):
            yield from ((start + match.start(), start + match.end()) for match in re.finditer(entry.pattern, line))


def read_source(path: Path, known: Iterable[Source]) -> Source:
    """Take the passages from the text at `path`; all that is no part of the text stays as known, if it is."""
    content = path.read_bytes()
    text = content.decode("utf-8")
    of_text = {"sha256": hashlib.sha256(content).hexdigest(), "passages": passages_of(text)}
    before = next((source for source in known if source.file == path.name), None)
    if before:
        return before.model_copy(update=of_text)
    title = next(line.strip() for line in text.splitlines() if line.strip())
    return Source(file=path.name, title=title, **of_text)


def main(arguments: Sequence[str] | None = None) -> None:
    """Keep of each text its hash and the lines that hold a number, beside the sources that are there already."""
    parser = argparse.ArgumentParser(prog="python -m study.claims.sources", description=main.__doc__)
    parser.add_argument("texts", nargs="+", type=Path, metavar="TEXT", help="the text of a source")
    parser.add_argument("--out", type=Path, default=SOURCES, help="the file to refresh (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    known = load_sources(chosen.out) if chosen.out.exists() else []
    read = {source.file: source for source in (*known, *(read_source(path, known) for path in chosen.texts))}
    entries = [read[file].model_dump(exclude_none=True) for file in sorted(read)]
    content = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=sys.maxsize)
    write_text(chosen.out, _head(chosen.out) + content)


def _head(path: Path) -> str:
    """The comment that a file begins with."""
    lines = path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
    body = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join(lines[:body])


if __name__ == "__main__":
    run(main)
