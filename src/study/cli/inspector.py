"""Asks a runtime what networks are made of, with neither data nor trials."""

import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from study.cli.addresses import Address
from study.common.errors import StudyError
from study.config.runtimes import Runtime
from study.config.study import Setup, Study
from study.networks.models import Network
from study.planning.architectures import architectures
from study.records.models import Observation
from study.records.observations import read_observations
from study.runtimes.commands import CommandFailedError, ask
from study.runtimes.runtime import command_of, description_of


def inspect(
    networks: Sequence[Address], study: Study, runtimes: Mapping[str, Runtime], before_call: bool = False
) -> list[Observation]:
    """What each of `networks` is made of, in their order. TensorFlow is loaded once for each runtime.

    Parameters
    ----------
    before_call
        Look before a network is called for the first time: a subclassed one then knows neither weights nor shapes.

    Raises
    ------
    StudyError
        If a runtime is not built, or the inspection breaks off.
    """
    requested = {
        address.runtime: [each for each in networks if each.runtime == address.runtime] for address in networks
    }
    study = study.model_copy(update={"gpu": []})  # networks are looked at on the CPU
    descriptions = {name: _built(name, runtimes[name], study) for name in requested}
    observations: dict[tuple[str, str, str | None, str], Observation] = {}
    for name, group in requested.items():
        print(f"Loading TensorFlow ({name}) …", file=sys.stderr, flush=True)
        for one in _observed(group, study, runtimes[name], descriptions[name], before_call):
            observations[one.subject, str(one.variant), one.alternative, name] = one
    # An alternative that leaves the network alone is not looked at: its network is that of the experiment as it stands.
    return [
        observations.get((each.experiment, each.variant, each.alternative, each.runtime))
        or observations[each.experiment, each.variant, None, each.runtime]
        for each in networks
    ]


def failures(networks: Sequence[Address], observations: Sequence[Observation]) -> bool:
    """Whether a network could not be built; each that could not is named, with its error."""
    failed = [(each, one.error) for each, one in zip(networks, observations, strict=True) if one.error]
    for each, error in failed:
        print(f"{each.full} cannot be built. {error.type}: {error.message}", file=sys.stderr)
    return bool(failed)


def network_of(observation: Observation) -> Network:
    """The network that was looked at."""
    return Network.model_validate(observation.values)


def _built(name: str, runtime: Runtime, setup: Setup) -> Path:
    description = description_of(name, runtime, setup)
    if description is None:
        provider = "" if setup.provider == Setup().provider else f" --provider {setup.provider}"
        raise StudyError(
            f"the runtime '{name}' is not set up on this machine. Set it up, then run this again:\n"
            f"  python -m study.runtimes.runtime {name} --out results/runtimes/{name}.json{provider}"
        )
    return description


def only(networks: Iterable[Address], study: Study) -> Study:
    """Leave of the study what is needed to build `networks`."""
    experiments = {}
    for name in dict.fromkeys(each.experiment for each in networks):
        described, of = study.experiments[name], [each for each in networks if each.experiment == name]
        variants = {each.variant: described.variants[each.variant] for each in of}
        alternatives = {each.alternative: described.alternatives[each.alternative] for each in of if each.alternative}
        experiments[name] = described.model_copy(
            update={"variants": variants, "alternatives": alternatives, "series": {}}
        )
    return study.model_copy(update={"experiments": experiments})


def _observed(
    networks: Sequence[Address], study: Study, runtime: Runtime, description: Path, before_call: bool
) -> list[Observation]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "architectures.json").write_text(architectures(only(networks, study)), encoding="utf-8")
        out = folder / "observations.jsonl"
        command = command_of(networks[0].runtime, runtime, study, folders=[folder])
        command += ["-m", "trials.probes", "structures", str(out), "--runtime", str(description)]
        command += ["--architectures", str(folder / "architectures.json"), "--data", str(folder)]
        command += ["--before-call"] if before_call else []
        try:
            ask(*command)
        except CommandFailedError as error:
            raise StudyError(f"the inspection broke off; it said:\n{error.output}") from error
        return read_observations(out)
