"""Draws the figures of all experiments, each as far as it applies."""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from study.analysis.factorial import factorials
from study.claims.files import CLAIMS, load_claims
from study.common.atomic import replacing, write_text
from study.common.command import run
from study.config.study import load_study
from study.figures.architectures import architecture_or_api, learning_of_architectures
from study.figures.bitwise import identities, identity, origin_of_bits
from study.figures.capabilities import capabilities
from study.figures.diagrams import model
from study.figures.experiment_data import CaptionedFigure, ExperimentData
from study.figures.learning import accuracy, learning_curves
from study.figures.performance import epoch_time, ratios
from study.figures.published import (
    alternatives,
    alternatives_accuracy,
    alternatives_by_epoch,
    published_curves,
    published_times,
)
from study.records.collect import read_trials
from study.records.observations import read_observations
from study.verdicts.models import read_verdicts

# Of an experiment, in the order in which a reader sees them.
FIGURES: dict[str, Callable[[ExperimentData], CaptionedFigure | None]] = {
    "model": model,
    "published_curves": published_curves,
    "published_times": published_times,
    "alternatives": alternatives,
    "alternatives_by_epoch": alternatives_by_epoch,
    "alternatives_accuracy": alternatives_accuracy,
    "ratios": ratios,
    "epoch_time": epoch_time,
    "accuracy": accuracy,
    "learning_curves": learning_curves,
    "identity": identity,
}
# Of an experiment whose source compares two architectures: there alternatives are no assumptions.
FIGURES_OF_ARCHITECTURES = {
    "model": model,
    "ratios": ratios,
    "architecture_or_api": architecture_or_api,
    "epoch_time": epoch_time,
    "learning": learning_of_architectures,
    "identity": identity,
}


def drawings(
    trials: Path, observations: Path, claims: Path, verdicts: Path
) -> Iterator[tuple[str | None, str, CaptionedFigure]]:
    """Every figure that applies: of which experiment (None: of all), its name, and the drawing.

    Parameters
    ----------
    trials, observations
        Records (JSON lines, may be compressed).
    claims
        Claims.
    verdicts
        Verdicts (JSON).
    """
    study, by_id = load_study(), {claim.id: claim for claim in load_claims(claims)}
    judged = [(by_id[verdict.claim], verdict) for verdict in read_verdicts(verdicts)]
    records, observed = read_trials(trials), read_observations(observations)
    if drawing := capabilities(observed, by_id.values()):
        yield None, "capabilities", drawing
    if drawing := identities(study.experiments, records):
        yield None, "identities", drawing
    for factorial in factorials(study.experiments, records):
        yield None, f"origin_of_bits_{factorial.experiment}_{factorial.series}", origin_of_bits(factorial)
    for experiment in study.experiments:
        data = ExperimentData(study, experiment, records, observed, judged)
        for name, draw in (FIGURES_OF_ARCHITECTURES if data.architectures else FIGURES).items():
            if drawing := draw(data):
                yield experiment, name, drawing


def write(trials: Path, observations: Path, claims: Path, verdicts: Path, folder: Path) -> None:
    """Write every figure of `drawings` to `folder` (SVG), and what they are to its `figures.json`."""
    listed = []
    for experiment, name, drawing in drawings(trials, observations, claims, verdicts):
        file = Path(experiment or "", f"{name}.svg")
        with replacing(folder / file) as part:
            drawing.figure.savefig(part, format="svg", metadata={"Date": None})
        described = {"title": drawing.title, "caption": drawing.caption, "file": file.as_posix()}
        listed.append({"experiment": experiment, "name": name, **described})
    write_text(folder / "figures.json", json.dumps(listed, indent=1, ensure_ascii=False) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the figures of all experiments."""
    parser = argparse.ArgumentParser(prog="python -m study.figures", description=main.__doc__)
    parser.add_argument("trials", type=Path, help="trial records (JSON lines, may be compressed)")
    parser.add_argument("--observations", required=True, type=Path, help="observations (JSON lines, may be compressed)")
    parser.add_argument("--claims", default=Path(CLAIMS), type=Path, help="claims (default: %(default)s)")
    parser.add_argument("--verdicts", required=True, type=Path, help="verdicts (JSON)")
    parser.add_argument("--out", required=True, type=Path, help="folder for the figures (SVG) and figures.json")
    chosen = parser.parse_args(arguments)
    write(chosen.trials, chosen.observations, chosen.claims, chosen.verdicts, chosen.out)


if __name__ == "__main__":
    run(main)
