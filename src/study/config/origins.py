"""Where every setting of an experiment comes from: its source states it, leaves it to Keras, or it is assumed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import model_validator

from study.config.study import Experiment, Study
from study.config.validation import ConfigError, Loc, StrictModel, did_you_mean, line_of, load_yaml, read_text

ORIGINS = Path("config/origins.yaml")
KINDS = ("stated", "default", "implied", "assumed", "as_in")
# Fields of an experiment that change no number of a trial, and those whose parts are settings each.
NO_SETTINGS = ("title", "source", "assumption", "limits", "alternatives", "variants", "series")
OF_SEVERAL = ("optimizer", "architecture")
# What the code of every experiment settles, whatever its configuration says.
IN_CODE = ("layers", "initial_weights", "shuffling", "preprocessing", "dtype")


class Origin(StrictModel):
    """Where one setting comes from, in one of five ways.

    `stated` quotes the source, `default` quotes the call in which it leaves the setting to Keras, `implied` says why
    what it states leaves no choice. What is `assumed`, with the reason, was `tried` otherwise, in the alternatives of
    these names, or each record has other choices `within` it; what was not says why it is `untried`. `as_in` names
    another experiment of the source that has the same setting.
    """

    stated: str | None = None
    default: str | None = None
    implied: str | None = None
    assumed: str | None = None
    as_in: str | None = None
    tried: list[str] = []
    within: str | None = None
    untried: str | None = None

    @model_validator(mode="after")
    def _must_be_one(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"needs one of {', '.join(KINDS)}")
        has_others = bool(self.tried or self.within or self.untried)
        if has_others != (given == ["assumed"]):
            raise ValueError(
                "only what is assumed is tried otherwise"
                if has_others
                else "what is assumed names what was trained instead (tried, within) or says why nothing was (untried)"
            )
        return self

    @property
    def quote(self) -> str | None:
        """What must stand in the source, if anything."""
        return self.stated or self.default


Origins = dict[str, dict[str, Origin]]


def load_origins(study: Study, path: Path = ORIGINS) -> Origins:
    """Read where the settings of the experiments of `study` come from.

    Raises
    ------
    ConfigError
        For every setting that is neither stated nor assumed, every one that no experiment has, and every assumption
        without another that is trained or a word about it, with the line.
    """
    origins = load_yaml(path, Origins)
    if wrong := list(mistakes(study, origins)):
        text = read_text(path)
        lines = (f"{path}:{line_of(text, loc)}: {'.'.join(map(str, loc))}: {message}" for loc, message in wrong)
        raise ConfigError("\n".join(lines))
    return origins


def settings_of(experiment: Experiment) -> dict[str, Any]:
    """Settings of an experiment that can change a number, with their values; what only its code says has None."""
    fields = {name: value for name, value in experiment if name not in NO_SETTINGS and value is not None}
    several = {name: fields.pop(name, None) for name in OF_SEVERAL}
    parts = {f"{name}.{key}": value for name, of in several.items() for key, value in _items(of) if value is not None}
    trained = [series for series in experiment.series.values() if series.protocol == "as_published"]
    epochs = {"epochs": max(series.epochs["full"] for series in trained)} if trained else {}
    # Which samples validate does not matter where none do.
    validation = {"validation": experiment.validation or "last"} if experiment.n_validation else {}
    return dict.fromkeys(IN_CODE) | fields | validation | parts | epochs


def _items(of: Any) -> list[tuple[str, Any]]:
    return list(of.items() if isinstance(of, Mapping) else of or ())


def mistakes(study: Study, origins: Origins) -> Iterator[tuple[Loc, str]]:
    """Every place where the origins do not fit the experiments, with what is wrong there."""
    for name in origins.keys() - study.experiments.keys():
        yield (name,), f"unknown experiment; {did_you_mean(name, list(study.experiments))}"
    for name, experiment in study.experiments.items():
        given, settings = origins.get(name, {}), settings_of(experiment)
        if missing := settings.keys() - given.keys():
            yield (name,), f"neither stated nor assumed: {', '.join(sorted(missing))}"
        for setting, origin in given.items():
            if setting not in settings:
                yield (name, setting), f"unknown setting; {did_you_mean(setting, list(settings))}"
            elif wrong := _wrong(study, name, setting, origin, origins):
                yield (name, setting), wrong


def _wrong(study: Study, name: str, setting: str, origin: Origin, origins: Origins) -> str | None:
    experiment = study.experiments[name]
    if origin.as_in is not None:
        return _wrong_model(study, name, setting, origin.as_in, origins)
    for alternative in origin.tried:
        if alternative not in experiment.alternatives:
            return f"unknown alternative '{alternative}'; {did_you_mean(alternative, list(experiment.alternatives))}"
        changed = experiment.model_copy(update=experiment.alternatives[alternative].changes())
        if settings_of(changed).get(setting) == settings_of(experiment)[setting]:
            return f"the alternative '{alternative}' does not change it"
        if not is_trained(experiment, alternative):
            return f"no arm of the full study trains the alternative '{alternative}'"
    return None


def _wrong_model(study: Study, name: str, setting: str, other: str, origins: Origins) -> str | None:
    model = study.experiments.get(other)
    if model is None:
        return f"unknown experiment '{other}'; {did_you_mean(other, list(study.experiments))}"
    if model.source != study.experiments[name].source:
        return f"'{other}' is of another source"
    if (origin := origins.get(other, {}).get(setting)) is None or origin.as_in:
        return f"'{other}' does not say where it comes from"
    if settings_of(model).get(setting) != settings_of(study.experiments[name])[setting]:
        return f"'{other}' has another value"
    return None


def is_trained(experiment: Experiment, alternative: str) -> bool:
    """Whether the full study trains an alternative."""
    return any(
        (arm.alternatives == "all" or alternative in arm.alternatives)
        and arm.blocks.get("full", series.blocks.get("full", 0))
        for series in experiment.series.values()
        for arm in series.arms
    )
