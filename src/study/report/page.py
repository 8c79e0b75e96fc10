"""Renders the report: one self-contained HTML page, every number looked up from a record."""

import argparse
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from study.claims.files import CLAIMS, load_claims
from study.claims.models import Claim
from study.claims.sources import load_sources
from study.common.atomic import write_text
from study.common.command import run
from study.common.text import small
from study.config.study import load_study
from study.records.collect import read_trials
from study.records.observations import read_observations
from study.report.chapter import Chapter, ReportData
from study.report.complete import unexpected
from study.report.embedded import Embedded, read_embedded
from study.report.sections.architecture_or_api import ARCHITECTURE_OR_API
from study.report.sections.bitwise import BITWISE
from study.report.sections.calibration import JUDGING
from study.report.sections.experiments import EXPERIMENTS
from study.report.sections.images import IMAGES
from study.report.sections.networks import NETWORKS
from study.report.sections.origin_of_bits import ORIGIN_OF_BITS
from study.report.sections.probes import BEHAVIOURS, CAPABILITIES, FORMULAS
from study.report.sections.programs import PROGRAMS
from study.report.sections.provenance import DATASETS, PROVENANCE
from study.report.sections.statements import CONCLUSIONS, STATEMENTS
from study.report.sections.versions import VERSIONS
from study.verdicts.models import APART, by_scope, counted, distinct, foundations, read_verdicts

TEMPLATES = Path("workflow/report")
CALIBRATION = Path("reports/calibration.json")
# In the order of a reader who wants the answer first.
CHAPTERS = (
    CONCLUSIONS,
    BITWISE,
    ORIGIN_OF_BITS,
    ARCHITECTURE_OR_API,
    STATEMENTS,
    VERSIONS,
    CAPABILITIES,
    BEHAVIOURS,
    FORMULAS,
    NETWORKS,
    PROGRAMS,
    IMAGES,
    EXPERIMENTS,
    DATASETS,
    JUDGING,
    PROVENANCE,
)


def render(report: ReportData, chapters: Sequence[Chapter] = CHAPTERS) -> str:
    """Render the page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(slug=_slug, linked=_linker(report.claims), small=small)
    found = [(chapter, data) for chapter in chapters if (data := chapter.data(report))]
    return environment.get_template("page.html.j2").render(
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704  our own file
        report=report,
        is_evidence=report.study.is_evidence(report.scale),
        gaps=unexpected(report.trials),
        scopes=by_scope(report.verdicts),
        rests_on=foundations(report.verdicts),
        n_tests=len(distinct(report.verdicts)),
        apart={name: n for name, n in counted(distinct(report.verdicts)).items() if name in APART and n},
        chapters=found,
    )


def _linker(claims: Sequence[Claim]) -> Callable[[str], Markup]:
    """Make a filter that turns every claim's name in a text into a link to that claim."""
    names = sorted((claim.id for claim in claims), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, names)))
    return lambda text: Markup(pattern.sub(r'<a href="#\g<0>">\g<0></a>', str(escape(text))))  # noqa: S704  escaped


def _slug(name: str) -> str:
    return name.replace(" ", "-")


def read_report(trials: Path, observations: Path, claims: Path, verdicts: Path, embedded: Embedded) -> ReportData:
    """Read what a page is made of: finished records, the claims, the verdicts (JSON) on them; and what it embeds."""
    return ReportData(
        load_study(),
        load_sources(),
        load_claims(claims),
        read_verdicts(verdicts),
        read_trials(trials),
        read_observations(observations),
        embedded,
        json.loads(CALIBRATION.read_text("utf-8")),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Render the report from finished records, verdicts, figures, samples and notebooks."""
    parser = argparse.ArgumentParser(prog="python -m study.report.page", description=__doc__)
    parser.add_argument("trials", type=Path, help="trial records (JSON lines, may be compressed)")
    parser.add_argument("--observations", required=True, type=Path, help="observations (JSON lines, may be compressed)")
    parser.add_argument("--claims", type=Path, default=Path(CLAIMS), help="claims (default: %(default)s)")
    parser.add_argument("--verdicts", required=True, type=Path, help="verdicts (JSON)")
    parser.add_argument("--figures", required=True, type=Path, help="folder with figures.json and what it lists")
    parser.add_argument("--samples", required=True, type=Path, help="folder with samples.json and what it lists")
    parser.add_argument("--notebooks", required=True, type=Path, help="folder of executed notebooks")
    parser.add_argument("--out", required=True, type=Path, help="where the page (HTML) goes")
    chosen = parser.parse_args(arguments)
    embedded = read_embedded(chosen.figures, chosen.samples, chosen.notebooks)
    report = read_report(chosen.trials, chosen.observations, chosen.claims, chosen.verdicts, embedded)
    write_text(chosen.out, render(report))


if __name__ == "__main__":
    run(main)
