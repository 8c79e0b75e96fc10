"""A text in which every white space is one blank: where its lines begin, and where what a claim quotes stands."""

import re
from bisect import bisect_right
from collections.abc import Sequence

from study.claims.rules import CurveClaim

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LEFT_OUT = " … "
# How a progress line prints a time: number, then unit.
TIMES = {"epoch_seconds": r"(?<!\S)(\d+)(s)(?!\S)", "cost_per_sample": r"(?<!\S)(\d+)(us|ms)/sample"}
MICROSECONDS = {"ms": 1000}

Span = tuple[int, int]


class Page:
    """Lines as one text in which every white space is one blank, and where each of them begins."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = [one_line(line) for line in lines]
        self.text = " ".join(self.lines)
        self.starts = [sum(len(line) + 1 for line in self.lines[:number]) for number in range(len(self.lines))]

    def line_at(self, position: int) -> int:
        """Number (from 0) of the line that `position` is in."""
        return bisect_right(self.starts, position) - 1

    def quoted(self, quote: str) -> list[Span]:
        """Where the parts of a quote stand, each after the one before; nowhere if one that holds a number is missing.

        One that holds none may be in a line that is not kept.
        """
        spans: list[Span] = []
        for part in parts(quote):
            start = self.text.find(part, spans[-1][1] if spans else 0)
            if start >= 0:
                spans.append((start, start + len(part)))
            elif NUMBER.search(part):
                return []
        return spans

    def curve(self, claim: CurveClaim) -> list[Span]:
        """Where the numbers of a curve are printed, from its quote on; nowhere if others are printed there."""
        begins = self.quoted(with_numbers(claim.quote))
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


def missing_parts(quote: str, text: str) -> list[str]:
    """Parts of `quote` that do not stand in `text`, each after the one before; how white space is made is all one."""
    text, end, missing = one_line(text), 0, []
    for part in parts(quote):
        start = text.find(part, end)
        if start < 0:
            missing.append(part)
        else:
            end = start + len(part)
    return missing


def with_numbers(quote: str) -> str:
    """The parts of `quote` that hold a number; all that passages can hold."""
    return LEFT_OUT.join(part for part in parts(quote) if NUMBER.search(part))


def parts(quote: str) -> list[str]:
    """What of a text a quote has: all but the words left out."""
    return [one_line(part) for part in quote.split(LEFT_OUT) if part]


def one_line(text: str) -> str:
    """`text` with one blank for every white space."""
    return " ".join(text.split())


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
