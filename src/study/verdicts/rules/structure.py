"""Whether a fact of a network, a dataset or a trial is as published."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from study.analysis.evidence import Evidence
from study.claims.rules import StructureClaim
from study.common.text import listed, plain
from study.config.datasets import Altered
from study.networks.models import fact_of
from study.records.models import Observation, Trial
from study.verdicts.finding import Finding, always
from study.verdicts.models import VerdictName

FACTS = {
    "n_train": "number of training samples",
    "n_validation": "number of validation samples",
    "n_test": "number of test samples",
    "n_epochs": "number of epochs",
    "n_parameters": "number of parameters",
    "n_layers": "number of layers",
    "n_inputs": "number of inputs",
    "n_outputs": "number of outputs",
    "n_classes": "number of classes",
    "units_1": "number of units of the first dense layer",
    "units_2": "number of units of the second dense layer",
    "units_3": "number of units of the third dense layer",
    "units_4": "number of units of the fourth dense layer",
    "conv_strides": "stride of the convolutions",
    "pool_strides": "stride of the pooling layers",
    "batch_size": "batch size",
    "steps_per_epoch": "number of steps of an epoch",
    "height": "height",
    "width": "width",
    "n_dropped": "number of dropped images",
}
COUNTS_IMAGES = ("n_train", "n_validation", "n_test", "n_dropped", "steps_per_epoch")


def judge(claim: StructureClaim, evidence: Evidence) -> Finding:
    """Whether a fact of a network, of a dataset or of an experiment's trials is the published number, or is `fewer`."""
    trials = _finished(claim, evidence) if claim.experiment else []
    if claim.experiment:
        found = {trial.plan_sha256: (f"{trial.variant} on {trial.runtime}", _fact(claim, trial)) for trial in trials}
    else:
        found = {
            str(place): (_at(each), fact_of(each.values, claim.fact))
            for place, each in enumerate(evidence.observed(claim.probe, claim.selection))
        }
    places: dict[float, set[str]] = defaultdict(set)
    for place, value in found.values():
        if value is not None:
            places[float(value)].add(place)
    without = sorted({place for place, value in found.values() if value is None})
    about, fact = claim.subject or claim.experiment, FACTS[claim.fact]
    if not places:
        return Finding(always("not run", f"Nothing here shows the {fact} of {about}."), trials)
    n = sum(value is not None for _, value in found.values())
    fewer = claim.expected == "fewer"
    published = f"{'fewer than ' if fewer else ''}{plain(claim.published)}"
    reason = f"The {fact} of {about} is {_values(places)}; published is {published}."
    reason += f" Nothing shows it of {listed(without)}." if without else ""
    holds = max(places) < claim.published if fewer else set(places) == {claim.published}
    altered = _altered(claim, trials, evidence)
    if altered:
        reason += f" But these are {altered.name}: {altered.how}. They are no evidence of any number of images."
    verdict = always("not testable here" if altered else _verdict(claim, holds=holds), reason)
    return Finding(verdict, trials, n, next(iter(places)) if len(places) == 1 else None)


def _altered(claim: StructureClaim, trials: Sequence[Trial], evidence: Evidence) -> Altered | None:
    """How the images that are counted differ from those that were published."""
    if claim.fact not in COUNTS_IMAGES:
        return None
    return evidence.altered_for(trials) if claim.experiment else evidence.altered_dataset(claim.subject)


def _verdict(claim: StructureClaim, *, holds: bool) -> VerdictName:
    """What was copied can only be followed, or not have been run as published."""
    if claim.follows:
        return "followed" if holds else "not run"
    return "reproduced" if holds else "contradicted"


def _fact(claim: StructureClaim, trial: Trial) -> float | None:
    if claim.fact == "steps_per_epoch":
        return -(-trial.n_trained // trial.batch_size)
    value: int | None = trial.n_trained if claim.fact == "n_train" else getattr(trial, claim.fact)
    return value


def _finished(claim: StructureClaim, evidence: Evidence) -> list[Trial]:
    """Finished trials that `claim` speaks of, timed ones, which may cut an epoch, only where there are no others."""
    ended = [trial for trial in evidence.trials_of(claim.selection) if trial.status == "completed"]
    return [trial for trial in ended if not trial.timed] or ended


def _values(places: Mapping[float, set[str]]) -> str:
    """Write the value, or every value with where it is so."""
    if len(places) == 1:
        return plain(next(iter(places)))
    return "; ".join(f"{plain(value)} ({listed(sorted(where))})" for value, where in sorted(places.items()))


def _at(observation: Observation) -> str:
    return " on ".join(filter(None, [observation.variant, observation.runtime]))
