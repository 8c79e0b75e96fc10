"""Names of networks on the command line: `EXPERIMENT/VARIANT[/ALTERNATIVE][@RUNTIME]`."""

from collections.abc import Mapping
from dataclasses import dataclass

from study.config.runtimes import Runtime, version_of
from study.config.study import Study
from study.config.validation import ConfigError, require_known

FORM = "EXPERIMENT/VARIANT[/ALTERNATIVE][@RUNTIME]"
MOST_PARTS = 3


@dataclass(frozen=True)
class Address:
    """A way to build an experiment's network, on one runtime; `alternative` None is the experiment as it stands."""

    experiment: str
    variant: str
    alternative: str | None
    runtime: str

    def __str__(self) -> str:
        """Write it as it is written on the command line, without the runtime."""
        return "/".join(filter(None, [self.experiment, self.variant, self.alternative]))

    @property
    def full(self) -> str:
        """Write it with the runtime."""
        return f"{self}@{self.runtime}"


def addresses(text: str, study: Study, runtimes: Mapping[str, Runtime], runtime: str | None = None) -> list[Address]:
    """Networks that `text` names: all variants of an experiment where it names none.

    Parameters
    ----------
    runtime
        Where `text` names no runtime; None is the newest.

    Raises
    ------
    ConfigError
        For what is no such name, with the nearest valid name.
    """
    path, at, named = text.partition("@")
    parts = path.split("/")
    if not all(parts) or len(parts) > MOST_PARTS or (at and not named):
        raise ConfigError(f"'{text}' names no network: write {FORM}")
    where = named or runtime or max(runtimes, key=version_of)
    experiment, variant, alternative = (*parts, None, None)[:MOST_PARTS]
    require_known("experiment", str(experiment), list(study.experiments))
    described = study.experiments[str(experiment)]
    if variant is not None:
        require_known(f"variant of {experiment}", variant, list(described.variants))
    if alternative is not None:
        require_known(f"alternative of {experiment}", alternative, list(described.alternatives))
    require_known("runtime", where, list(runtimes))
    return [
        Address(str(experiment), each, alternative, where) for each in ([variant] if variant else described.variants)
    ]


def address(text: str, study: Study, runtimes: Mapping[str, Runtime], runtime: str | None = None) -> Address:
    """Return the one network that `text` names.

    Raises
    ------
    ConfigError
        As `addresses` does, and where `text` names an experiment only.
    """
    if "/" not in text.partition("@")[0]:
        named = addresses(text, study, runtimes, runtime)
        raise ConfigError(f"'{text}' names {len(named)} networks, name one: {', '.join(map(str, named))}")
    return addresses(text, study, runtimes, runtime)[0]
