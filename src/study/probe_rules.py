"""How each rule turns observations into a finding, where no training is needed. One function a rule."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from study.claims import Claim
from study.finding import Evidence, Finding, always, told
from study.networks import fact_of
from study.records import Observation, Trial, VerdictName
from study.words import listed, plain, sentence

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
LARGEST = "largest_relative_difference"


def structure(claim: Claim, evidence: Evidence) -> Finding:
    """Whether a fact of a network, of a dataset or of an experiment's trials is the published number, or is `fewer`."""
    trials = _finished(claim, evidence) if claim.experiment else []
    if claim.experiment:
        found = {trial.plan_sha256: (f"{trial.variant} on {trial.runtime}", _fact(claim, trial)) for trial in trials}
    else:
        found = {
            str(place): (_at(o), fact_of(o.values, str(claim.fact))) for place, o in enumerate(seen_of(claim, evidence))
        }
    places: dict[float, set[str]] = defaultdict(set)
    for place, value in found.values():
        if value is not None:
            places[float(value)].add(place)
    without = sorted({place for place, value in found.values() if value is None})
    about, fact = claim.subject or claim.experiment, FACTS[str(claim.fact)]
    if not places:
        return Finding(always("inconclusive", f"Nothing here shows the {fact} of {about}."), trials)
    n = sum(value is not None for _, value in found.values())
    fewer = claim.expected == "fewer"
    published = f"{'fewer than ' if fewer else ''}{plain(claim.number)}"
    said = f"The {fact} of {about} is {_values(places)}; published is {published}."
    said += f" Nothing shows it of {listed(without)}." if without else ""
    holds = max(places) < claim.number if fewer else set(places) == {claim.number}
    verdict = always("reproduced" if holds else "contradicted", said)
    return Finding(verdict, trials, n, next(iter(places)) if len(places) == 1 else None)


def _fact(claim: Claim, trial: Trial) -> float | None:
    if claim.fact == "steps_per_epoch":
        return -(-trial.n_trained // trial.batch_size)
    value: int | None = trial.n_trained if claim.fact == "n_train" else getattr(trial, str(claim.fact))
    return value


def _finished(claim: Claim, evidence: Evidence) -> list[Trial]:
    """Finished trials that `claim` speaks of, timed ones, which may cut an epoch, only where there are no others."""
    ended = [trial for trial in evidence.trials_of(claim) if trial.status == "completed"]
    return [trial for trial in ended if not trial.timed] or ended


def _values(places: Mapping[float, set[str]]) -> str:
    """Write the value, or every value with where it is so."""
    if len(places) == 1:
        return plain(next(iter(places)))
    return "; ".join(f"{plain(value)} ({listed(sorted(where))})" for value, where in sorted(places.items()))


def capability(claim: Claim, evidence: Evidence) -> Finding:
    """Whether something works, or fails, with an API on every runtime that the claim speaks of.

    What works only after a remedy neither works nor fails by itself: it leaves either claim no more than consistent.
    Where a package is missing that the runtimes do not have, nothing is said.
    """
    seen = seen_of(claim, evidence)
    if not seen:
        return Finding(always("inconclusive", f"No runtime was asked for {_words(claim)}."))
    failing = [o for o in seen if o.status == "fails"]
    after = [o for o in seen if o.status == "works after"]
    said = " ".join(filter(None, [_outcome(claim, seen, failing), _remedies(after), _errors(failing)]))
    return Finding(always(_expected(claim, seen), said), n=len(seen))


def _expected(claim: Claim, seen: Sequence[Observation]) -> VerdictName:
    found = {"not installed" if lacks_a_package(o) else o.status for o in seen}
    if "not installed" in found:
        return "not testable here"
    if found == {claim.expected}:
        return "reproduced"
    return "contradicted" if found - {claim.expected, "works after"} else "consistent"


def lacks_a_package(observation: Observation) -> bool:
    """Whether something failed only because the runtime lacks a package that it needs."""
    error = observation.error
    return observation.status == "fails" and error is not None and error.type in ("ImportError", "ModuleNotFoundError")


def _outcome(claim: Claim, seen: Sequence[Observation], failing: Sequence[Observation]) -> str:
    """Say where it works and where it fails."""
    about, where = sentence(_words(claim)), runtimes_of(seen)
    if not failing:
        return f"{about}: works on {where}."
    if len(failing) == len(seen):
        return f"{about}: fails on {where}."
    working = runtimes_of(o for o in seen if o.status != "fails")
    return f"{about}: depends on the version, works on {working}, fails on {runtimes_of(failing)}."


def _remedies(after: Sequence[Observation]) -> str:
    """Say where it works only with a remedy, and with which."""
    by_remedy: dict[str, list[Observation]] = defaultdict(list)
    for observation in after:
        by_remedy[str(observation.remedy)].append(observation)
    return " ".join(f"On {runtimes_of(group)} only with a remedy: {remedy}." for remedy, group in by_remedy.items())


def _errors(failing: Sequence[Observation]) -> str:
    by_error: dict[str, list[Observation]] = defaultdict(list)
    for observation in failing:
        if observation.error:
            by_error[told(observation.error).rstrip(".")].append(observation)
    return " ".join(f"On {runtimes_of(group)}: {error}." for error, group in by_error.items())


def formula(claim: Claim, evidence: Evidence) -> Finding:
    """Whether what the source's formula gives is, within the margin, what the API's model gives on every runtime.

    Measured is the largest relative difference of any number on any runtime. Where a runtime could not compute it, a
    claim cannot be reproduced.
    """
    seen, margin = seen_of(claim, evidence), claim.margin or 0
    measured = {o.runtime: float(o.values[LARGEST]) for o in seen if LARGEST in o.values}
    if not measured:
        return Finding(always("inconclusive", f"No runtime has computed {_words(claim)}."), n=len(seen))
    worst = max(measured, key=lambda runtime: (math.isnan(measured[runtime]), measured[runtime]))
    largest, without = measured[worst], runtimes_of(o for o in seen if o.runtime not in measured)
    said = f"On {runtimes_of(seen)} formula and model differ by {largest:.1e} at most, relatively (on {worst}), "
    if not largest <= margin:  # so that no number at all is none within the margin
        return Finding(always("contradicted", f"{said}more than {margin:g}."), n=len(seen), measured=largest)
    if without:
        said = f"{said}within {margin:g}, but {without} could not compute it."
        return Finding(always("inconclusive", said), n=len(seen), measured=largest)
    return Finding(always("reproduced", f"{said}within {margin:g}."), n=len(seen), measured=largest)


def opinion(claim: Claim, evidence: Evidence) -> Finding:
    """Nothing: what is no matter of measurement is quoted and left as it is."""
    del evidence
    return Finding(always("not testable here", str(claim.why)))


PROBES = {"structure": "structures", "network": "structures", "capability": "capabilities", "formula": "formulas"}


def seen_of(claim: Claim, evidence: Evidence) -> list[Observation]:
    """Observations that `claim` speaks of; a variant or runtime that it leaves out means all.

    An alternative that it leaves out means the base reading.
    """
    return [
        observation
        for observation in evidence.observations
        if observation.probe == PROBES[claim.rule]
        and observation.subject == claim.subject
        and observation.alternative == claim.alternative
        and claim.variant in (None, observation.variant)
        and claim.runtime in (None, observation.runtime)
    ]


def _words(claim: Claim) -> str:
    return f"{str(claim.subject).replace('_', ' ')} ({claim.variant})"


def _at(observation: Observation) -> str:
    return " on ".join(filter(None, [observation.variant, observation.runtime]))


def runtimes_of(observations: Iterable[Observation]) -> str:
    """Name the runtimes that showed something."""
    return listed(sorted({observation.runtime for observation in observations}))
