"""Sets what the sources conclude against what the trials say, as a table."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from study.claims.files import CLAIMS, load_claims
from study.claims.models import Claim
from study.common.atomic import write_text
from study.common.command import run
from study.common.errors import StudyError
from study.verdicts.models import Verdict, read_verdicts

HEAD = ("source", "published conclusion", "looked at", "verdict", "rests on", "measured [95 % interval]")


def concluding(claims: Sequence[Claim]) -> list[Claim]:
    """Claims that a source draws as its conclusions."""
    return [claim for claim in claims if claim.concludes]


def short(source: str) -> str:
    """Number by which a source is spoken of, which its file's name begins with."""
    return source.partition("_")[0]


def conclusions_table(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> str:
    """Markdown table of what the sources conclude and what the trials say of it."""
    return table(HEAD, cells(claims, verdicts))


def cells(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> Iterator[tuple[str, ...]]:
    """What stands below `HEAD`, a row a conclusion.

    Raises
    ------
    StudyError
        For a conclusion without a verdict.
    """
    by_claim = {verdict.claim: verdict for verdict in verdicts}
    for claim in concluding(claims):
        if claim.id not in by_claim:
            raise StudyError(f"'{claim.id}' has no verdict yet: derive them again with `dvc repro reference`")
        verdict = by_claim[claim.id]
        measured = claim.with_interval(verdict.measured, verdict.interval)
        yield short(claim.source), f"“{claim.quote}”", claim.about, verdict.verdict, verdict.rests_on, measured


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown table of rows below a head."""
    lines = ["|" + "---|" * len(head), *(_line([cell.replace("|", "\\|") for cell in row]) for row in rows)]
    return "\n".join([_line(head), *lines]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def write(verdicts: Path, claims: Path, out: Path) -> None:
    """Write the table of conclusions (Markdown) of the `claims` and `verdicts` (JSON)."""
    write_text(out, conclusions_table(load_claims(claims), read_verdicts(verdicts)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table of conclusions."""
    parser = argparse.ArgumentParser(prog="python -m study.report.conclusions", description=__doc__)
    parser.add_argument("verdicts", type=Path, help="verdicts (JSON)")
    parser.add_argument("--claims", type=Path, default=Path(CLAIMS), help="claims (default: %(default)s)")
    parser.add_argument("--out", required=True, type=Path, help="where the table (Markdown) goes")
    chosen = parser.parse_args(arguments)
    write(chosen.verdicts, chosen.claims, chosen.out)


if __name__ == "__main__":
    run(main)
