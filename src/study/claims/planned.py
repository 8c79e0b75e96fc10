"""Refuses claims about what the study does not plan."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

from study.claims.files import CLAIMS, place_of
from study.claims.models import Claim, MeasuredClaim, Variation
from study.claims.rules import AnyClaim, CurveClaim, NetworkClaim, ProbedClaim, StructureClaim
from study.claims.selection import ANY_IF_ABSENT, Selection, value_in
from study.claims.vocabulary import DatasetFact, NetworkFact
from study.config.study import Experiment
from study.config.validation import ConfigError, Loc, did_you_mean
from study.records.models import PlannedTrial

Found = Iterator[tuple[str, str]]


def refuse_unplanned(
    claims: Iterable[AnyClaim],
    planned: Iterable[PlannedTrial],
    experiments: Mapping[str, Experiment],
    where: str | Path = CLAIMS,
) -> None:
    """Refuse claims about trials that the full scale does not plan, or about subjects that are none.

    A smaller scale may leave trials out: a claim about them is then not run.

    Parameters
    ----------
    planned
        Trials of the full scale.
    experiments
        All of the study, those without trials too: claims may be about their networks.
    where
        Folder or file that the claims come from.

    Raises
    ------
    ConfigError
        With the claim, its line, and the nearest valid name.
    """
    study = _Planned(list(planned), experiments)
    for claim in claims:
        for loc, message in study.unplanned(claim):
            raise ConfigError(f"{place_of(where, claim.id, loc)}: {claim.id}: {message}")


class _Planned:
    """The trials and networks that claims may be about."""

    def __init__(self, trials: Sequence[PlannedTrial], experiments: Mapping[str, Experiment]) -> None:
        self._trials, self._experiments = trials, experiments
        self._datasets = {trial.dataset for trial in trials}

    def unplanned(self, claim: Claim) -> Iterator[tuple[Loc, str]]:
        """Everything in `claim` that nothing planned has, with the place where it stands."""
        yield from self._unknown(claim)
        variations: dict[Loc, Variation] = {("sensitivity", n): other for n, other in enumerate(claim.sensitivity)}
        variations |= {("also", n): other for n, other in enumerate(claim.also)}
        for at, other in variations.items():
            for loc, message in self._unknown(claim.varied(other)):
                yield (*at, *(loc if loc[0] in other.model_fields_set else ())), message

    def _unknown(self, claim: Claim) -> Iterator[tuple[Loc, str]]:
        baseline = getattr(claim, "baseline", None)
        for at, selection in (((), claim.selection), (("baseline",), baseline)):
            if selection is not None:
                for field, message in self._unknown_in(claim, selection):
                    yield (*at, field), message

    def _unknown_in(self, claim: Claim, selection: Selection) -> Found:
        if isinstance(claim, ProbedClaim) or (isinstance(claim, StructureClaim) and claim.subject):
            return self._unknown_network(claim, selection)
        return self._unknown_trials(claim, selection)

    def _unknown_network(self, claim: Claim, selection: Selection) -> Found:
        """A subject, variant, alternative, runtime or fact that the study does not have."""
        subject = str(selection.experiment)
        if isinstance(claim, NetworkClaim | StructureClaim):
            kind, subjects = "experiment", set(self._experiments)
            if isinstance(claim, StructureClaim):
                kind, subjects = "experiment or dataset", subjects | self._datasets
            if subject not in subjects:
                yield "subject", f"no {kind} is called '{subject}': {did_you_mean(subject, sorted(subjects))}"
                return
        known = {"runtime": sorted({trial.runtime for trial in self._trials})}
        if experiment := self._experiments.get(subject):
            known |= {"variant": list(experiment.variants), "alternative": list(experiment.alternatives)}
        for field, names in known.items():
            name = getattr(selection, field)
            if name is not None and name not in names:
                yield field, f"{subject} has no {field} '{name}': {did_you_mean(name, names)}"
        facts = get_args(NetworkFact if subject in self._experiments else DatasetFact)
        if isinstance(claim, StructureClaim) and claim.fact not in facts:
            yield "fact", f"{subject} has no fact '{claim.fact}': {did_you_mean(claim.fact, list(facts))}"

    def _unknown_trials(self, claim: Claim, selection: Selection) -> Found:
        """The first field of `selection` that no planned trial has together with the fields before it."""
        trials, before = self._trials, list[str]()
        for field in Selection.model_fields:
            wanted = getattr(selection, field)
            if (wanted is None and field in ANY_IF_ABSENT) or not (claim.needs_trials or field == "experiment"):
                continue
            known = {str(value_in(field, trial)) for trial in trials}
            if str(wanted) not in known:
                of = f" of {', '.join(before)}" if before else ""
                near = did_you_mean(wanted, sorted(known))
                yield field, f"no planned trial{of} has the {field} '{wanted}': {near}"
                return
            before.append(str(wanted))
            trials = [trial for trial in trials if selection.agrees(field, trial)]
        if isinstance(claim, MeasuredClaim):
            yield from _unmeasured(claim, trials, ", ".join(before[:3]))


def _unmeasured(claim: MeasuredClaim, trials: Sequence[PlannedTrial], named: str) -> Found:
    """A metric that `trials` do not tell, or a published epoch that none of them reaches."""
    measuring = [trial for trial in trials if trial.timed == claim.timed]
    if not measuring:
        yield "metric", f"'{claim.metric}' needs {'timed' if claim.timed else 'untimed'} trials of {named}"
    last = claim.epoch or (len(claim.published) if isinstance(claim, CurveClaim) else 0)
    planned = max((trial.n_epochs for trial in measuring), default=0)
    if last > planned and not claim.timed:
        message = f"epoch {last} comes after the last planned one, {planned}"
        yield "epoch" if claim.epoch else "published", message
