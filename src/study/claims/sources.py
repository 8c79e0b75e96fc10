"""The numbers of the sources: which of them a claim answers, which state nothing, and which are left over."""

import argparse
import hashlib
import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import yaml
from pydantic import field_validator

from study.claims.models import Claim
from study.claims.rules import CurveClaim
from study.common.atomic import write_text
from study.common.command import run
from study.config.validation import Sha256, StrictModel, load_yaml

SOURCES = Path("config/sources.yaml")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LEFT_OUT = " … "
# How a progress line prints a time: number, then unit.
TIMES = {"epoch_seconds": r"(?<!\S)(\d+)(s)(?!\S)", "cost_per_sample": r"(?<!\S)(\d+)(us|ms)/sample"}
MICROSECONDS = {"ms": 1000}

Span = tuple[int, int]


class Uncovered(StrictModel):
    """Numbers that state nothing to judge: those inside what `pattern` (a regular expression) matches, and why."""

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


class Source(StrictModel):
    """A published document: what names it, its bytes, and the lines of its text that hold a number.

    `version` are the words with which it names its version of TensorFlow, if it does.
    """

    file: str
    title: str
    version: str | None = None
    sha256: Sha256
    uncovered: list[Uncovered] = []
    passages: list[str]


def load_sources(path: str | Path = SOURCES) -> list[Source]:
    """Read what is kept of the sources."""
    return load_yaml(path, list[Source])


def passages_of(text: str) -> list[str]:
    """Lines of `text` that hold a digit, verbatim."""
    return [line for line in text.splitlines() if re.search(r"\d", line)]


def missing_parts(quote: str, text: str) -> list[str]:
    """Parts of `quote` that do not stand in `text`, each after the one before; how white space is made is all one."""
    text, end, missing = _one_line(text), 0, []
    for part in _parts(quote):
        start = text.find(part, end)
        if start < 0:
            missing.append(part)
        else:
            end = start + len(part)
    return missing


def with_numbers(quote: str) -> str:
    """The parts of `quote` that hold a number; all that passages can hold."""
    return LEFT_OUT.join(part for part in _parts(quote) if NUMBER.search(part))


def leftovers(source: Source, claims: Iterable[Claim]) -> list[str]:
    """Numbers of `source` that no claim answers and no entry of `uncovered` explains, each with its line."""
    page = _Page(source.passages)
    covered = list(_stating_nothing(source, page))
    for claim in claims:
        if claim.source == source.file:
            covered += page.quoted(claim.quote)
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


class _Page:
    """Passages as one text in which every white space is one blank, and where each line of it begins."""

    def __init__(self, passages: Sequence[str]) -> None:
        self.lines = [_one_line(passage) for passage in passages]
        self.text = " ".join(self.lines)
        self.starts = [sum(len(line) + 1 for line in self.lines[:number]) for number in range(len(self.lines))]

    def line_at(self, position: int) -> int:
        """Number (from 0) of the line that `position` is in."""
        return bisect_right(self.starts, position) - 1

    def quoted(self, quote: str) -> list[Span]:
        """Where the parts of a quote that hold a number stand; nowhere if one is missing."""
        spans: list[Span] = []
        for part in _parts(with_numbers(quote)):
            start = self.text.find(part, spans[-1][1] if spans else 0)
            if start < 0:
                return []
            spans.append((start, start + len(part)))
        return spans

    def curve(self, claim: CurveClaim) -> list[Span]:
        """Where the numbers of a curve are printed, from its quote on; nowhere if others are printed there."""
        begins = self.quoted(claim.quote)
        if not begins:
            return []
        pattern, found = _printed(claim), []
        for number in range(self.line_at(begins[0][0]), len(self.lines)):
            in_line = list(pattern.finditer(self.lines[number]))
            if len(in_line) >= (claim.output or 1):
                found.append((self.starts[number], in_line[(claim.output or 1) - 1]))
        found = found[: len(claim.published)]
        if [_value(match) for _, match in found] != claim.published:
            return []
        return [(start + match.start(1), start + match.end(1)) for start, match in found]


def _printed(claim: CurveClaim) -> re.Pattern[str]:
    """How Keras prints the metric of a curve; that of one output has the name of its layer in it."""
    metric = claim.metric
    if metric in TIMES:
        return re.compile(TIMES[metric])
    validation = "val_" if metric.startswith("val_") else ""
    layer = r"(?!val_)\w+_" if claim.output else ""
    return re.compile(rf"(?<!\w){validation}{layer}{metric.removeprefix('val_')}: ([\d.]+)()")


def _value(match: re.Match[str]) -> float:
    return float(match[1]) * MICROSECONDS.get(match[2], 1)


def _stating_nothing(source: Source, page: _Page) -> Iterator[Span]:
    for entry in source.uncovered:
        for start, line in zip(page.starts, page.lines, strict=True):
            yield from ((start + match.start(), start + match.end()) for match in re.finditer(entry.pattern, line))


def _parts(quote: str) -> list[str]:
    return [_one_line(part) for part in quote.split(LEFT_OUT) if part]


def _one_line(text: str) -> str:
    return " ".join(text.split())


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
