"""Refuses claims about what the study does not plan."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from study.claims.models import LEDGER, Claim, baseline_of, ledger_files, line_in, readings
from study.claims.selection import ALL_IF_ABSENT, PICKED_BY, is_picked
from study.claims.vocabulary import DatasetFact, NetworkFact
from study.config.study import Experiment
from study.config.validation import ConfigError, Loc, did_you_mean, load_yaml
from study.records.models import PlannedTrial


def _place(path: str | Path, claim: Claim, loc: Loc) -> str:
    """Name the place of `loc` in a claim of the ledger at `path`."""
    for file in ledger_files(path):
        for number, entry in enumerate(load_yaml(file, list[dict[str, Any]])):
            if entry.get("id") == claim.id:
                return line_in(file, number, *loc)
    return str(path)


def refuse_unplanned(
    claims: Iterable[Claim],
    planned: Iterable[PlannedTrial],
    experiments: Mapping[str, Experiment],
    where: str | Path = LEDGER,
) -> None:
    """Refuse a ledger that speaks of trials that the full scale does not plan, or of subjects that are none.

    A smaller scale may leave trials out: a claim about them is then inconclusive.

    Parameters
    ----------
    planned
        Trials of the full scale.
    experiments
        All of the study, those without trials too: their networks can be spoken of.
    where
        Folder or file that the claims come from.

    Raises
    ------
    ConfigError
        With the claim, its line, and the nearest valid name.
    """
    trials = list(planned)
    for claim in claims:
        for loc, message in _unplanned(claim, trials, experiments):
            raise ConfigError(f"{_place(where, claim, loc)}: {claim.id}: {message}")


def _unplanned(
    claim: Claim, trials: list[PlannedTrial], experiments: Mapping[str, Experiment]
) -> Iterator[tuple[Loc, str]]:
    """Everything in `claim` that no planned trial has, with the place where it stands."""
    for field, message in _unplanned_arms(claim, trials, experiments):
        yield field, message
    for number, (_, reading) in enumerate(readings(claim)):
        changed = claim.sensitivity[number].model_fields_set
        for loc, message in _unplanned_arms(reading, trials, experiments):
            yield ("sensitivity", number, *(loc if loc[0] in changed else ())), message


def _unplanned_arms(
    claim: Claim, trials: list[PlannedTrial], experiments: Mapping[str, Experiment]
) -> Iterator[tuple[Loc, str]]:
    arms: list[tuple[Loc, Claim]] = [((), claim)]
    arms += [(("baseline",), baseline_of(claim))] if claim.baseline else []
    for at, arm in arms:
        unknown = _unplanned_arm(arm, trials) if arm.subject is None else _unknown_subject(arm, trials, experiments)
        for field, message in unknown:
            yield (*at, field), message


def _unknown_subject(
    claim: Claim, trials: list[PlannedTrial], experiments: Mapping[str, Experiment]
) -> Iterator[tuple[str, str]]:
    """A subject, variant, alternative, runtime or fact of `claim` that the study does not have."""
    datasets = {trial.dataset for trial in trials}
    subjects = {"structure": {*experiments, *datasets}, "network": {*experiments}}.get(claim.rule)
    if subjects is not None and claim.subject not in subjects:
        kind = "experiment or dataset" if datasets <= subjects else "experiment"
        yield "subject", f"no {kind} is called '{claim.subject}': {did_you_mean(claim.subject, sorted(subjects))}"
        return
    known = {"runtime": sorted({trial.runtime for trial in trials})}
    if experiment := experiments.get(str(claim.subject)):
        known |= {"variant": list(experiment.variants), "alternative": list(experiment.alternatives)}
    for field, names in known.items():
        name = getattr(claim, field)
        if name is not None and name not in names:
            yield field, f"{claim.subject} has no {field} '{name}': {did_you_mean(name, names)}"
    facts = get_args(NetworkFact if claim.subject in experiments else DatasetFact)
    if claim.rule == "structure" and claim.fact not in facts:
        yield "fact", f"{claim.subject} has no fact '{claim.fact}': {did_you_mean(claim.fact, list(facts))}"


def _unplanned_arm(arm: Claim, trials: list[PlannedTrial]) -> Iterator[tuple[str, str]]:
    """The first field of `arm` that no planned trial has together with the fields before it."""
    if arm.experiment is None:
        return
    before: list[str] = []
    for field in PICKED_BY:
        if getattr(arm, field) is None and field in ALL_IF_ABSENT:
            continue
        for message in _unknown(field, arm, trials, before):
            yield field, message
            return
        if arm.rule in ("arithmetic", "opinion"):
            return
        before.append(str(getattr(arm, field)))
        trials = [trial for trial in trials if is_picked(field, arm, trial)]
    if arm.metric and arm.timed not in {trial.timed for trial in trials}:
        yield "metric", f"'{arm.metric}' needs {'timed' if arm.timed else 'untimed'} trials of {', '.join(before[:3])}"
    for message in _too_late(arm, trials):
        yield "epoch" if arm.epoch else "published", message


def _too_late(arm: Claim, trials: list[PlannedTrial]) -> Iterator[str]:
    """A published epoch that no planned trial reaches."""
    last = arm.epoch or len(arm.numbers)
    planned = max((trial.n_epochs for trial in trials if trial.timed == arm.timed), default=0)
    if last > planned and not arm.timed:
        yield f"epoch {last} comes after the last planned one, {planned}"


def _unknown(field: str, arm: Claim, trials: list[PlannedTrial], before: list[str]) -> Iterator[str]:
    wanted, known = getattr(arm, field), {str(PICKED_BY[field](trial)) for trial in trials}
    if str(wanted) not in known:
        of = f" of {', '.join(before)}" if before else ""
        yield f"no planned trial{of} has the {field} '{wanted}': {did_you_mean(wanted, sorted(known))}"
