"""Every experiment: its task, its variants, what is assumed, and its figures."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from study.config.origins import Origin, load_origins
from study.config.study import Experiment, Scale
from study.records.models import Trial
from study.report.chapter import Chapter, ReportData
from study.report.conclusions import short
from study.report.embedded import EmbeddedFigure
from study.verdicts.models import counted

VALIDATION = {
    None: "the last training images",
    "last": "the last training images",
    "first": "the first training images",
    "test": "the test images",
}


@dataclass(frozen=True)
class Assumption:
    """What is assumed of a setting; titles of the alternatives that were `trained` instead, and of those `missing`."""

    setting: str
    origin: Origin
    trained: Sequence[str]
    missing: Sequence[str]


@dataclass(frozen=True)
class Shown:
    """What the page shows of one experiment; `n_trials` has their number by series.

    `also` are the titles of other alternatives that were trained, or of an experiment without trials, looked at.
    """

    name: str
    described: Experiment
    settings: Mapping[str, str]
    assumed: Sequence[str]
    origins: Mapping[str, Origin]
    assumptions: Sequence[Assumption]
    also: Sequence[str]
    tally: Mapping[str, int]
    n_trials: Mapping[str, int]
    figures: Sequence[EmbeddedFigure]
    notebook: Markup | None
    scale: Scale

    @property
    def source(self) -> str:
        """Its source, for short."""
        return short(self.described.source)


def _experiments(report: ReportData) -> list[Shown]:
    origins = load_origins(report.study)
    return [_shown(report, name, each, origins[name]) for name, each in report.study.experiments.items()]


def _shown(report: ReportData, name: str, experiment: Experiment, origins: Mapping[str, Origin]) -> Shown:
    about = {claim.id: claim for claim in report.claims if claim.experiment == name}
    trials = [trial for trial in report.trials if trial.experiment == name]
    trained = {trial.alternative for trial in trials} if experiment.series else {*experiment.alternatives}
    tried = {alternative for origin in origins.values() for alternative in origin.tried}
    return Shown(
        name,
        experiment,
        _settings(experiment, trials, report.scale),
        list(dict.fromkeys(claim.assumed for claim in about.values() if claim.assumed)),
        origins,
        [_assumption(experiment, *each, trained) for each in origins.items() if each[1].assumed],
        [each.title for key, each in experiment.alternatives.items() if key in trained and key not in tried],
        counted(verdict for verdict in report.verdicts if verdict.claim in about),
        Counter(trial.series for trial in trials),
        report.embedded.figures_of(name),
        report.embedded.notebooks.get(name),
        report.scale,
    )


def _assumption(experiment: Experiment, setting: str, origin: Origin, trained: Collection[str | None]) -> Assumption:
    titles = {key: experiment.alternatives[key].title for key in origin.tried}
    here = [title for key, title in titles.items() if key in trained]
    return Assumption(setting, origin, here, [title for title in titles.values() if title not in here])


def _settings(experiment: Experiment, trials: Sequence[Trial], scale: Scale) -> dict[str, str]:
    """The task in words, with the edition of the dataset that `trials` used and the samples that it had for them."""
    optimizer = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in experiment.optimizer if value)
    n_epochs = {name: series.epochs[scale] for name, series in experiment.series.items() if scale in series.epochs}
    editions = sorted({f"edition {trial.edition}" for trial in trials if trial.edition})
    n_train = min((trial.n_train_available or experiment.n_train for trial in trials), default=experiment.n_train)
    validating = f"{experiment.n_validation} ({VALIDATION[experiment.validation]})"
    described = {
        "dataset": ", ".join([experiment.dataset or "", *editions]),
        "training samples": f"{n_train}",
        "validation samples": validating if experiment.n_validation else "",
        "training samples not used": f"the first {experiment.n_skipped}" if experiment.n_skipped else "",
        "test samples": f"{experiment.n_test}",
        "epochs": ", ".join(f"{n} ({series})" for series, n in n_epochs.items()),
        "batch size": f"{experiment.batch_size}",
        "optimizer": optimizer.removeprefix("name "),
        "loss": experiment.loss.replace("_", " "),
        **{name: _argument(value) for name, value in (experiment.architecture or {}).items()},
    }
    return {name: text for name, text in described.items() if text}


def _argument(value: int | list[int] | str) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


EXPERIMENTS = Chapter("experiments", "Experiments", "experiments.html.j2", _experiments)
