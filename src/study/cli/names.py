"""Names that options and arguments of `study` take, as the configuration has them."""

from collections.abc import Callable, Mapping
from typing import get_args

from click.shell_completion import BashComplete, FishComplete, ZshComplete

from study.cli.command import require_project
from study.config.datasets import EditionName
from study.config.runtimes import load_runtimes
from study.config.study import ProviderName, Scale, load_study
from study.config.validation import require_known


def _runtimes() -> list[str]:
    require_project()
    return list(load_runtimes())


VALID: Mapping[str, Callable[[], list[str]]] = {
    "scale": lambda: list(get_args(Scale)),
    "edition": lambda: list(get_args(EditionName)),
    "provider": lambda: list(get_args(ProviderName)),
    "runtime": _runtimes,
    "shell": lambda: [shell.name for shell in (BashComplete, ZshComplete, FishComplete)],
}


def require(kind: str, name: str) -> None:
    """Raise ConfigError, with the nearest valid name, unless `name` is one of its kind."""
    require_known(kind, name, VALID[kind]())


def addresses_below(prefix: str) -> list[str]:
    """Networks that a user may mean who has typed `prefix`: experiments, or the next part of their addresses."""
    require_project()
    experiments = load_study().experiments
    if "@" in prefix:
        return [f"{prefix.partition('@')[0]}@{runtime}" for runtime in load_runtimes()]
    experiment, *others = prefix.split("/")
    if not others or experiment not in experiments:
        return list(experiments)
    described = experiments[experiment]
    if len(others) == 1:
        return [f"{experiment}/{variant}" for variant in described.variants]
    return [f"{experiment}/{others[0]}/{alternative}" for alternative in described.alternatives]
