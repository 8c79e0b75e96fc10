"""Asks a runtime what networks are made of, with neither data nor trials."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from study.addresses import Address
from study.architectures import architectures
from study.config import Runtime, Study
from study.observations import read_observations
from study.records import Observation
from study.runtime import description_of, python_of
from study.yamlfiles import ConfigError

SOURCE = Path(__file__).parents[1]
LAST_LINES = 15


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
    ConfigError
        If a runtime is not built, or the inspection breaks off.
    """
    asked = {address.runtime: [each for each in networks if each.runtime == address.runtime] for address in networks}
    descriptions = {name: _built(name, runtimes[name]) for name in asked}
    seen: dict[tuple[str, str, str | None, str], Observation] = {}
    for name, group in asked.items():
        print(f"Loading TensorFlow ({name}) …", file=sys.stderr, flush=True)
        for one in _observed(group, study, python_of(name, runtimes[name]), descriptions[name], before_call):
            seen[one.subject, str(one.variant), one.alternative, name] = one
    # An alternative that changes nothing in the network is not looked at: its network is that of the base reading.
    return [
        seen.get((each.experiment, each.variant, each.alternative, each.runtime))
        or seen[each.experiment, each.variant, None, each.runtime]
        for each in networks
    ]


def _built(name: str, runtime: Runtime) -> Path:
    description = description_of(name, runtime)
    if description is None:
        raise ConfigError(
            f"the runtime '{name}' is not set up on this machine. Set it up, then run this again:\n"
            f"  python -m study.runtime {name} --out results/runtimes/{name}.json"
        )
    return description


def only(networks: Iterable[Address], study: Study) -> Study:
    """Leave of the study what is needed to build `networks`."""
    experiments = {}
    for name in dict.fromkeys(each.experiment for each in networks):
        described, of = study.experiments[name], [each for each in networks if each.experiment == name]
        variants = {each.variant: described.variants[each.variant] for each in of}
        alternatives = {each.alternative: described.alternatives[each.alternative] for each in of if each.alternative}
        experiments[name] = described.model_copy(update={"variants": variants, "alternatives": alternatives})
    return study.model_copy(update={"experiments": experiments})


def _observed(
    networks: Sequence[Address], study: Study, python: Path, description: Path, before_call: bool
) -> list[Observation]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = json.loads(architectures(only(networks, study))) | {"datasets": []}
        (folder / "architectures.json").write_text(json.dumps(asked), encoding="utf-8")
        out = folder / "observations.jsonl"
        command = [str(python), "-m", "trials.probes", "structures", str(out), "--runtime", str(description)]
        command += ["--architectures", str(folder / "architectures.json"), "--data", str(folder)]
        command += ["--before-call"] if before_call else []
        settings = os.environ | {"PYTHONPATH": str(SOURCE), "CUDA_VISIBLE_DEVICES": ""}
        done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            last = "\n".join(done.stderr.splitlines()[-LAST_LINES:])
            raise ConfigError(f"the inspection broke off; it said:\n{last}")
        return read_observations(out)
