"""The sentences of the sources: which of them a claim quotes, which state nothing to judge, and which are left over."""

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from study.claims.files import load_claims
from study.claims.models import Claim
from study.claims.page import Page, Span
from study.claims.rules import CurveClaim
from study.claims.sources import SOURCES, Source, load_sources
from study.common.command import FAILED, run
from study.config.validation import ConfigError, read_text

# A bullet begins one, and so does a capital or a quotation mark after one has ended; a key in code ends none.
BEGINS = re.compile(r"""^[•–-] |(?<=[.!?:])(?<!['"]:) (?=[A-Z"'“‘])""")
WORD = re.compile(r"[^\W\d_]{3}")


def sentences_of(text: str) -> list[str]:
    """Sentences of `text`: none goes on in another line, and what has no word is none."""
    page = _page(text)
    return [page.text[start:end] for start, end in _spans(page)]


def left_over(source: Source, text: str, claims: Iterable[Claim]) -> list[str]:
    """Sentences of `text`, or of its passages, that no claim quotes and no entry of `unjudged` explains."""
    page = _page(text)
    quoted = [span for claim in claims if claim.source == source.file for span in _answered(page, claim)]
    return [
        page.text[start:end]
        for start, end in _spans(page)
        if not any(begins < end and start < ends for begins, ends in quoted)
        and not any(re.fullmatch(entry.pattern, page.text[start:end]) for entry in source.unjudged)
    ]


def idle(source: Source, text: str, claims: Sequence[Claim]) -> list[str]:
    """Patterns of `unjudged` without which no sentence would be left over."""
    return [
        entry.pattern
        for entry in source.unjudged
        if not left_over(
            source.model_copy(update={"unjudged": [other for other in source.unjudged if other != entry]}), text, claims
        )
    ]


def _page(text: str) -> Page:
    """A quote may go on after an empty line, which is none."""
    return Page([line for line in text.splitlines() if line.strip()])


def _answered(page: Page, claim: Claim) -> list[Span]:
    """Where the quote of a claim stands and, of a curve, every number that it has."""
    return page.quoted(claim.quote) + (page.curve(claim) if isinstance(claim, CurveClaim) else [])


def _spans(page: Page) -> Iterator[Span]:
    for start, line in zip(page.starts, page.lines, strict=True):
        for begin, end in pairwise([0, *(match.end() for match in BEGINS.finditer(line)), len(line)]):
            sentence = line[begin:end].rstrip()
            if WORD.search(sentence):
                yield start + begin, start + begin + len(sentence)


def main(arguments: Sequence[str] | None = None) -> int:
    """List the sentences of each text that no claim quotes and no entry of `unjudged` explains; exit 1 if there are."""
    parser = argparse.ArgumentParser(prog="python -m study.claims.sentences", description=main.__doc__)
    parser.add_argument("texts", nargs="+", type=Path, metavar="TEXT", help="the text of a source")
    chosen = parser.parse_args(arguments)
    known, claims = {source.file: source for source in load_sources()}, load_claims()
    found = False
    for path in chosen.texts:
        if path.name not in known:
            raise ConfigError(f"{SOURCES} has no '{path.name}': python -m study.claims.sources {path}")
        for sentence in left_over(known[path.name], read_text(path), claims):
            found = True
            print(f"{path.name}: {sentence}")
    return FAILED if found else 0


if __name__ == "__main__":
    run(main)
