"""Keeps the results of a finished full run as reference results, with the code revision that made them."""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from study.claims import Claim, load_claims
from study.collect import read_trials
from study.records import Trial, Verdict, read_verdicts
from study.words import with_interval
from study.yamlfiles import ConfigError

RUNNER = "src/trials"


def machine_name(machine: dict[str, Any]) -> str:
    """Name a machine by its processor and what accelerates it: `amd-epyc-2-cores`."""
    parts = [machine["cpu"], f"{machine['logical_cores']} cores", *(gpu["name"] for gpu in machine.get("gpus", []))]
    return re.sub(r"[^a-z0-9]+", "-", " ".join(parts).lower()).strip("-")


def describe(trials: list[Trial], revision: str) -> dict[str, Any]:
    """Say where reference results come from.

    Raises
    ------
    ConfigError
        If the trials are no full run, or come from several machines.
    """
    machines = {json.dumps(trial.environment["machine"], sort_keys=True) for trial in trials}
    if {trial.scale for trial in trials} != {"full"}:
        raise ConfigError("only a run at the scale full can be kept as reference: make study SCALE=full")
    if len(machines) > 1:
        raise ConfigError(f"the trials come from {len(machines)} different machines: {'; '.join(sorted(machines))}")
    return {
        "revision": revision,
        "machine": json.loads(machines.pop()),
        "trials": len(trials),
        "started": min(trial.started for trial in trials),
        "ended": max(trial.started for trial in trials),
        "code_sha256": sorted({trial.code_sha256 for trial in trials}),
    }


def conclusions_table(claims: list[Claim], verdicts: list[Verdict]) -> str:
    """Markdown table of what the sources conclude and what the trials say of it."""
    by_claim = {verdict.claim: verdict for verdict in verdicts}
    rows = ["| published conclusion | verdict | measured [95 % interval] |", "|---|---|---|"]
    for claim in claims:
        if claim.place.startswith("conclusion"):
            verdict = by_claim[claim.id]
            measured = with_interval(verdict.measured, verdict.interval, claim)
            rows.append(f"| “{claim.quote}” | {verdict.verdict} | {measured} |")
    return "\n".join(rows) + "\n"


def runner_revision() -> str:
    """Last revision that changed the runner.

    Raises
    ------
    ConfigError
        If the runner has changes that no revision holds.
    """
    if _git("status", "--porcelain", "--", RUNNER):
        raise ConfigError(f"{RUNNER} has uncommitted changes: commit them, so that the results can name their code")
    return _git("log", "-1", "--format=%H", "--", RUNNER)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)  # noqa: S603, S607
    return done.stdout.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy records, verdicts and report to the folder of this machine."""
    parser = argparse.ArgumentParser(prog="python -m study.reference", description=__doc__)
    parser.add_argument("trials", type=Path, help="trial records (compressed JSON lines)")
    parser.add_argument("verdicts", type=Path, help="verdicts (JSON)")
    parser.add_argument("report", type=Path, help="report (HTML)")
    parser.add_argument("--out", required=True, type=Path, help="folder of the reference results")
    chosen = parser.parse_args(arguments)
    try:
        origin = describe(read_trials(chosen.trials), runner_revision())
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    folder = chosen.out / machine_name(origin["machine"])
    folder.mkdir(parents=True, exist_ok=True)
    for file in (chosen.trials, chosen.verdicts, chosen.report):
        shutil.copyfile(file, folder / file.name)
    (folder / "origin.json").write_text(json.dumps(origin, indent=1) + "\n", encoding="utf-8")
    table = conclusions_table(load_claims(), read_verdicts(chosen.verdicts))
    (folder / "conclusions.md").write_text(table, encoding="utf-8")
    print(f"kept {origin['trials']} trials under {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
