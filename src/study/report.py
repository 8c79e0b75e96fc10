"""Renders the report: one self-contained HTML page, every number looked up from a record."""

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from nbconvert import HTMLExporter

from study.claims import Claim, load_claims
from study.collect import read_trials
from study.complete import unexpected
from study.config import Study, load_study
from study.figures import FIGURES
from study.records import Trial, Verdict, VerdictName, read_verdicts
from study.words import quantity, with_interval

TEMPLATES = Path("workflow/report")


def render(
    study: Study, claims: list[Claim], verdicts: list[Verdict], trials: list[Trial], chapters: dict[str, Any]
) -> str:
    """Render the page.

    Parameters
    ----------
    chapters
        For each experiment its `figures` (name to SVG text) and its executed `notebook`.
    """
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters.update(slug=_slug, linked=_linker(claims))
    scale = trials[0].scale
    by_claim = {verdict.claim: verdict for verdict in verdicts}
    return environment.get_template("report.html.j2").render(
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704  our own file
        study=study,
        scale=scale,
        evidence=study.scales[scale].evidence,
        trials=trials,
        gaps=unexpected(trials),
        counts={name: Counter(v.verdict for v in verdicts)[name] for name in get_args(VerdictName)},
        claims=[
            {"claim": claim, "verdict": by_claim[claim.id], **_shown(claim, by_claim[claim.id])} for claim in claims
        ],
        chapters=[_chapter(study, name, content) for name, content in chapters.items()],
        machines=_distinct(trial.environment["machine"] for trial in trials),
        runtimes={trial.runtime: trial.environment["runtime"] for trial in sorted(trials, key=lambda t: t.runtime)},
        code=sorted({trial.code_sha256 for trial in trials}),
        started=min(trial.started for trial in trials),
        ended=max(trial.started for trial in trials),
    )


def _shown(claim: Claim, verdict: Verdict) -> dict[str, Any]:
    """Published and measured numbers of a claim, in its unit."""
    return {
        "published": quantity(verdict.published, claim) if verdict.published is not None else "",
        "measured": with_interval(verdict.measured, verdict.interval, claim),
    }


def _chapter(study: Study, experiment: str, content: dict[str, Any]) -> dict[str, Any]:
    figures = [
        {
            "name": name,
            "svg": Markup(_inline(svg)),  # noqa: S704  drawn by our own figures
            "caption": (TEMPLATES / "captions" / f"{name}.txt").read_text(encoding="utf-8").strip(),
        }
        for name, svg in content["figures"].items()
    ]
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True)
    notebook, _ = exporter.from_notebook_node(content["notebook"])
    return {"experiment": study.experiments[experiment], "figures": figures, "notebook": Markup(notebook)}  # noqa: S704


def _inline(svg: str) -> str:
    """Strip what an SVG file has before its root element."""
    return svg[svg.index("<svg") :]


def _distinct(records: Any) -> list[dict[str, Any]]:
    return [json.loads(text) for text in sorted({json.dumps(record, sort_keys=True) for record in records})]


def _linker(claims: list[Claim]) -> Callable[[str], Markup]:
    """Make a filter that turns every claim's name in a text into a link to that claim."""
    names = sorted((claim.id for claim in claims), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, names)))
    return lambda text: Markup(pattern.sub(r'<a href="#\g<0>">\g<0></a>', str(escape(text))))  # noqa: S704  escaped


def _slug(name: str) -> str:
    return name.replace(" ", "-")


def read_chapters(folder: Path, experiments: Sequence[str]) -> dict[str, Any]:
    """Read figures and executed notebook of each experiment from `folder`."""
    return {
        experiment: {
            "figures": {
                name: (folder / "figures" / experiment / f"{name}.svg").read_text(encoding="utf-8") for name in FIGURES
            },
            "notebook": nbformat.read(folder / "notebooks" / f"{experiment}.ipynb", as_version=4),
        }
        for experiment in experiments
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Render the report from finished records, verdicts, figures and notebooks."""
    parser = argparse.ArgumentParser(prog="python -m study.report", description=__doc__)
    parser.add_argument("trials", type=Path, help="trial records (JSON lines, may be compressed)")
    parser.add_argument("verdicts", type=Path, help="verdicts (JSON)")
    parser.add_argument("--chapters", required=True, type=Path, help="folder with figures/ and notebooks/")
    parser.add_argument("--out", required=True, type=Path, help="where the page (HTML) goes")
    chosen = parser.parse_args(arguments)
    study = load_study()
    verdicts = read_verdicts(chosen.verdicts)
    chapters = read_chapters(chosen.chapters, list(study.experiments))
    page = render(study, load_claims(), verdicts, read_trials(chosen.trials), chapters)
    chosen.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
