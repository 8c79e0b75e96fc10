"""Writes the parts of README that are looked up from the committed results, each between its two comments."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import get_args

import numpy as np

from study.analysis.bitwise import setups
from study.analysis.epoch_times import between_apis, between_versions, quartiles
from study.analysis.evidence import Evidence
from study.analysis.paired_ratio import PairedRatio
from study.claims.files import load_claims
from study.claims.sources import load_sources
from study.common.atomic import write_text
from study.common.command import run
from study.common.text import count, listed
from study.config.study import load_study
from study.records.collect import read_trials
from study.report.conclusions import HEAD, cells, short, table
from study.report.sections.bitwise import within_versions
from study.verdicts.models import VerdictName, read_verdicts

README = Path("README.md")
VERDICT = HEAD[1:].index("verdict")
MARGIN = 0.05  # below it two times count as equal, as in the claims
# The first comment names the folder of results that the part is looked up from.
PART = re.compile(r"(<!-- (answers|conclusions) of (\S+), written by `make readme` -->\n).*?(<!-- end -->)", re.DOTALL)


def written(readme: str) -> str:
    """Text of README with its parts as the results that it names have them now.

    Raises
    ------
    StudyError
        If they have no verdict for a conclusion.
    """
    write = {"answers": _answers, "conclusions": _conclusions}
    return PART.sub(lambda part: part[1] + "\n".join(write[part[2]](Path(part[3]))) + part[4], readme)


def _answers(results: Path) -> Iterator[str]:
    """Whether the API matters, and whether the version does, in sentences."""
    trials = read_trials(results / "trials.jsonl.gz")
    evidence, found = Evidence(trials), setups(load_study().experiments, trials)
    apis, versions = between_apis(evidence), between_versions(evidence)
    low, median, high = quartiles(apis)
    beyond = sum(map(_is_beyond, apis))
    yield (
        f"**Does the API matter?** {within_versions(found)} Of {len(apis)} ratios of two APIs' epoch times, on one "
        f"version and trained with `fit`, the median is {median:.2f} and half lie between {low:.2f} and {high:.2f}. "
        f"{count(beyond, 'ratio').capitalize()} {'lies' if beyond == 1 else 'lie'}, with the whole 95 % interval, "
        f"beyond {100 * MARGIN:.0f} %.\n"
    )
    changes = [_change(older, newer, ratios) for (older, newer), ratios in versions.items() if ratios]
    yield f"**Does the TensorFlow version?** An epoch takes {listed(changes)}.\n"


def _is_beyond(ratio: PairedRatio) -> bool:
    low, high = ratio.log_interval or (0.0, 0.0)
    return bool(low > np.log1p(MARGIN) or high < -np.log1p(MARGIN))


def _change(older: str, newer: str, ratios: Sequence[PairedRatio]) -> str:
    values = [float(np.exp(ratio.log_ratios.mean())) for ratio in ratios]
    of = f"median of {len(ratios)} networks, {min(values):.2f} to {max(values):.2f}"
    older, newer = older.removeprefix("tf-"), newer.removeprefix("tf-")
    return f"{np.median(values):.2f} times as long on {newer} as on {older} ({of})"


def _conclusions(results: Path) -> Iterator[str]:
    """What each source concludes, folded below its name and how many of its conclusions have which verdict."""
    titles = {short(source.file): source.title for source in load_sources()}
    rows = cells(load_claims(), read_verdicts(results / "verdicts.json"))
    for source, of_source in groupby(rows, key=lambda row: row[0]):
        conclusions = [row[1:] for row in of_source]
        counts = Counter(row[VERDICT] for row in conclusions)
        tally = ", ".join(f"{counts[name]} {name}" for name in get_args(VerdictName) if name in counts)
        title = escape(titles.get(source, ""), quote=False)
        yield f"<details><summary><b>{source}</b> {title}: <b>{tally}</b></summary>\n"
        yield table(HEAD[1:], conclusions)
        yield "</details>\n"


def main() -> None:
    """Write them."""
    write_text(README, written(README.read_text(encoding="utf-8")))


if __name__ == "__main__":
    run(main)
