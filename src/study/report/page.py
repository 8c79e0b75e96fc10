"""Renders the report: one self-contained HTML page, every number looked up from a record."""

import argparse
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from study.analysis.programs import compared
from study.claims.files import CLAIMS, load_claims
from study.claims.models import Claim
from study.claims.rules import OpinionClaim, ProbedClaim
from study.claims.sources import Source, load_sources
from study.claims.vocabulary import Api, Capability, Formula
from study.config.runtimes import version_of
from study.config.study import Experiment, Scale, Study, load_study
from study.records.collect import read_trials
from study.records.models import Observation, Trial
from study.records.observations import read_observations
from study.report.complete import unexpected
from study.report.conclusions import concluding, short
from study.report.embedded import Chapters, read_chapters
from study.report.sections import bitwise, images, networks
from study.verdicts.models import Verdict, VerdictName, read_verdicts

TEMPLATES = Path("workflow/report")
VALIDATION = {
    None: "the last training images",
    "last": "the last training images",
    "first": "the first training images",
    "test": "the test images",
}


@dataclass(frozen=True)
class Row:
    """A claim, its verdict, and both numbers in the claim's unit."""

    claim: Claim
    verdict: Verdict
    published: str
    measured: str
    without_trials: bool


@dataclass(frozen=True)
class Part:
    """All claims of one source: those that are judged, and opinions, which cannot be.

    `source` is None where nothing is kept of it but its claims.
    """

    file: str
    source: Source | None
    rows: list[Row]

    @property
    def name(self) -> str:
        """How it is called for short."""
        return short(self.file)

    @property
    def title(self) -> str:
        """Its own title, or at least its file."""
        return self.source.title if self.source else self.file

    @property
    def judged(self) -> list[Row]:
        """Claims that are no opinions."""
        return [row for row in self.rows if not isinstance(row.claim, OpinionClaim)]

    @property
    def opinions(self) -> list[Row]:
        """Claims that nothing can measure."""
        return [row for row in self.rows if isinstance(row.claim, OpinionClaim)]

    @property
    def conclusions(self) -> dict[str, list[Row]]:
        """Claims that the source draws as its conclusions, by what it says: one sentence may be several claims."""
        rows = {row.claim.id: row for row in self.rows}
        found: dict[str, list[Row]] = {}
        for claim in concluding([row.claim for row in self.rows]):
            found.setdefault(claim.quote, []).append(rows[claim.id])
        return found

    @property
    def tally(self) -> dict[str, int]:
        """How many claims have each verdict."""
        return _tally(row.verdict for row in self.rows)


@dataclass(frozen=True)
class Machines:
    """Fingerprints of the machines that made the records: the number of records of each, and its value of each field.

    A value is None where that machine could not tell it.
    """

    n_records: list[int]
    fields: dict[str, list[Any]]


@dataclass(frozen=True)
class Evidence:
    """Everything that a page is made of."""

    study: Study
    sources: Sequence[Source]
    claims: Sequence[Claim]
    verdicts: Sequence[Verdict]
    trials: Sequence[Trial]
    observations: Sequence[Observation]


def render(evidence: Evidence, chapters: Chapters) -> str:
    """Render the page."""
    study, trials = evidence.study, evidence.trials
    records: list[Trial | Observation] = [*trials, *evidence.observations]
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(slug=_slug, linked=_linker(evidence.claims), **bitwise.FILTERS)
    scale = trials[0].scale
    return environment.get_template("report.html.j2").render(
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704  our own file
        scale=scale,
        evidence=study.is_evidence(scale),
        trials=trials,
        observations=evidence.observations,
        gaps=unexpected(trials),
        counts=_tally(evidence.verdicts),
        parts=_parts(evidence),
        same=bitwise.section(study, trials, evidence.claims),
        overview=chapters.figures_of(None),
        capabilities=_matrix(evidence, "capabilities", get_args(Capability)),
        formulas=_matrix(evidence, "formulas", get_args(Formula)),
        programs=compared(study, evidence.observations),
        networks=networks.section(study, evidence.claims, evidence.observations),
        pictures=images.section(study, trials, evidence.claims, chapters.samples_folder),
        experiments=[_experiment(evidence, name, chapters) for name in study.experiments],
        samples=chapters.samples,
        machines=_machines(records),
        runtimes={trial.runtime: trial.environment["runtime"] for trial in sorted(trials, key=_version)},
        code={
            name: sorted({trial.code_sha256 for trial in trials if trial.experiment == name})
            for name in study.experiments
        },
        started=min(trial.started for trial in trials),
        ended=max(trial.started for trial in trials),
    )


def _parts(evidence: Evidence) -> list[Part]:
    """Claims by source, in their order."""
    by_claim = {verdict.claim: verdict for verdict in evidence.verdicts}
    sources = {source.file: source for source in evidence.sources}
    rows = [_row(claim, by_claim[claim.id], evidence.trials) for claim in evidence.claims]
    return [
        Part(file, sources.get(file), [row for row in rows if row.claim.source == file])
        for file in dict.fromkeys(claim.source for claim in evidence.claims)
    ]


def _row(claim: Claim, verdict: Verdict, trials: Sequence[Trial]) -> Row:
    measured = claim.with_interval(verdict.measured, verdict.interval)
    unseen = claim.needs_trials and not verdict.n and not any(map(claim.selection.selects, trials))
    return Row(claim, verdict, claim.published_text, measured, unseen)


def _experiment(evidence: Evidence, name: str, chapters: Chapters) -> dict[str, Any]:
    """What the page says of one experiment."""
    experiment, scale = evidence.study.experiments[name], evidence.trials[0].scale
    about = [claim for claim in evidence.claims if claim.experiment == name]
    trials = [trial for trial in evidence.trials if trial.experiment == name]
    return {
        "name": name,
        "described": experiment,
        "source": short(experiment.source),
        "settings": _settings(experiment, trials, scale),
        "assumed": list(dict.fromkeys(claim.assumed for claim in about if claim.assumed)),
        "tally": _tally(verdict for verdict in evidence.verdicts if verdict.claim in {claim.id for claim in about}),
        "trials": Counter(trial.series for trial in trials),
        "figures": chapters.figures_of(name),
        "notebook": chapters.notebooks.get(name),
    }


def _settings(experiment: Experiment, trials: Sequence[Trial], scale: Scale) -> dict[str, str]:
    """The task in words, with the edition of the dataset that `trials` used and the samples that it had for them."""
    optimizer = ", ".join(
        f"{key.replace('_', ' ')} {value}" for key, value in experiment.optimizer if value is not None
    )
    n_epochs = {name: series.epochs[scale] for name, series in experiment.series.items() if scale in series.epochs}
    editions = sorted({f"edition {trial.edition}" for trial in trials if trial.edition})
    n_train = min((trial.n_train_available or experiment.n_train for trial in trials), default=experiment.n_train)
    said = {
        "dataset": ", ".join([experiment.dataset or "", *editions]),
        "training samples": f"{n_train}",
        "validation samples": f"{experiment.n_validation} ({VALIDATION[experiment.validation]})",
        "training samples not used": f"the first {experiment.n_skipped}",
        "test samples": f"{experiment.n_test}",
        "epochs": ", ".join(f"{n} ({series})" for series, n in n_epochs.items()),
        "batch size": f"{experiment.batch_size}",
        "optimizer": optimizer.removeprefix("name "),
        "loss": experiment.loss.replace("_", " "),
    }
    if not experiment.n_validation:
        del said["validation samples"]
    if not experiment.n_skipped:
        del said["training samples not used"]
    said = {name: words for name, words in said.items() if words}
    return said | {name: _argument(value) for name, value in (experiment.architecture or {}).items()}


def _argument(value: int | list[int] | str) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _matrix(evidence: Evidence, probe: str, subjects: Sequence[str]) -> dict[str, Any]:
    """What a probe showed: for every subject and API the observation on each runtime, and the claims about it."""
    seen = [observation for observation in evidence.observations if observation.probe == probe]
    runtimes = sorted({observation.runtime for observation in seen}, key=version_of)
    cells = {(each.subject, each.variant, each.runtime): each for each in seen}
    probed = [claim for claim in evidence.claims if isinstance(claim, ProbedClaim)]
    rows = [
        {
            "subject": subject,
            "variant": variant,
            "claims": [claim for claim in probed if (claim.subject, claim.variant) == (subject, variant)],
            "cells": [cells.get((subject, variant, runtime)) for runtime in runtimes],
        }
        for subject, variant in itertools.product(subjects, get_args(Api))
        if any((subject, variant) == (each.subject, each.variant) for each in seen)
    ]
    return {"runtimes": runtimes, "rows": rows}


def _tally(verdicts: Iterable[Verdict]) -> dict[str, int]:
    found = Counter(verdict.verdict for verdict in verdicts)
    return {name: found[name] for name in get_args(VerdictName)}


def _version(trial: Trial) -> tuple[int, ...]:
    return version_of(trial.runtime)


def _machines(records: Iterable[Trial | Observation]) -> Machines:
    """Fingerprints of all machines, the one with most records first."""
    counts = Counter(json.dumps(record.environment["machine"], sort_keys=True) for record in records).most_common()
    fingerprints = [json.loads(text) for text, _ in counts]
    fields = sorted(set().union(*fingerprints))
    return Machines([n for _, n in counts], {field: [each.get(field) for each in fingerprints] for field in fields})


def _linker(claims: Sequence[Claim]) -> Callable[[str], Markup]:
    """Make a filter that turns every claim's name in a text into a link to that claim."""
    names = sorted((claim.id for claim in claims), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, names)))
    return lambda text: Markup(pattern.sub(r'<a href="#\g<0>">\g<0></a>', str(escape(text))))  # noqa: S704  escaped


def _slug(name: str) -> str:
    return name.replace(" ", "-")


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
    study = load_study()
    evidence = Evidence(
        study,
        load_sources(),
        load_claims(chosen.claims),
        read_verdicts(chosen.verdicts),
        read_trials(chosen.trials),
        read_observations(chosen.observations),
    )
    chapters = read_chapters(chosen.figures, chosen.samples, chosen.notebooks, list(study.experiments))
    chosen.out.write_text(render(evidence, chapters), encoding="utf-8")


if __name__ == "__main__":
    main()
