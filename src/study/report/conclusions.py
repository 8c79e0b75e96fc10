"""Sets what the sources conclude against what the trials say, as a table for a README."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from study.claims.files import CLAIMS, load_claims
from study.claims.models import Claim
from study.common.command import run
from study.verdicts.models import Verdict, read_verdicts

HEAD = ["| source | published conclusion | looked at | verdict | measured [95 % interval] |", "|---|---|---|---|---|"]


def concluding(claims: Sequence[Claim]) -> list[Claim]:
    """Claims that a source draws as its conclusions."""
    return [claim for claim in claims if claim.place.startswith("conclusion")]


def short(source: str) -> str:
    """Number by which a source is spoken of, which its file's name begins with."""
    return source.partition("_")[0]


def conclusions_table(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> str:
    """Markdown table of what the sources conclude and what the trials say of it."""
    return "\n".join([*HEAD, *_rows(claims, verdicts)]) + "\n"


def _rows(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> Iterator[str]:
    by_claim = {verdict.claim: verdict for verdict in verdicts}
    for claim in concluding(claims):
        verdict = by_claim[claim.id]
        measured = claim.with_interval(verdict.measured, verdict.interval)
        cells = (short(claim.source), f"“{claim.quote}”", claim.about, verdict.verdict, measured)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write(verdicts: Path, claims: Path, out: Path) -> None:
    """Write the table of conclusions (Markdown) of the `claims` and `verdicts` (JSON)."""
    out.write_text(conclusions_table(load_claims(claims), read_verdicts(verdicts)), encoding="utf-8")


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
