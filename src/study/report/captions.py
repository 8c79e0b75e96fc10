"""What Snakemake's own report (`snakemake --report`) says beside the results: every number looked up from a record.

The texts around the numbers are in `workflow/report/captions/` (reStructuredText).
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from study.common.errors import StudyError
from study.config.study import load_study
from study.records.jsonlines import read_json_lines
from study.verdicts.models import Verdict, counted, read_verdicts

RESULTS, REPORTS = Path("results"), Path("reports")
# What of ASCII may mean something in reStructuredText.
MARKUP = re.compile(r"([!-/:-@\[-`{-~])")


def captions() -> dict[str, Any]:
    """What the captions are filled with: the `run` as a whole, and each of the `figures` and `samples`.

    Raises
    ------
    StudyError
        If no study ran here.
    """
    return {
        "run": _run(),
        "figures": _described(REPORTS / "figures/figures.json"),
        "samples": _described(REPORTS / "samples/samples.json"),
    }


def configuration() -> dict[str, str]:
    """How the run was configured whose results are here: its scale, and the edition of its images.

    Raises
    ------
    StudyError
        If no study ran here.
    """
    trials = _trials()
    editions = sorted({trial["edition"] for trial in trials if trial.get("edition")})
    return {"scale": trials[0]["scale"]} | ({"edition": editions[0]} if editions else {})


def _trials() -> list[dict[str, Any]]:
    path = RESULTS / "trials.jsonl.gz"
    if not path.is_file():
        raise StudyError(f"there is nothing to report yet: {path} is missing; run the study first (make study)")
    return [trial for _, trial in read_json_lines(path)]


def _run() -> dict[str, Any]:
    """Numbers of the run as a whole."""
    trials = _trials()
    study, machine = load_study(), trials[0]["environment"]["machine"]
    return {
        "scale": trials[0]["scale"],
        "is_evidence": study.is_evidence(trials[0]["scale"]),
        "trials": len(trials),
        "ended": dict(Counter(trial["status"] for trial in trials)),
        "unexpected": sum(trial["status"] != trial["expect"] for trial in trials),
        "experiments": len({trial["experiment"] for trial in trials}),
        "runtimes": [_plain(name) for name in sorted({trial["runtime"] for trial in trials})],
        "machine": _plain(f"{machine['cpu']}, {machine['logical_cores']} cores, {machine['os']}"),
        "verdicts": counted(_verdicts()),
    }


def _verdicts() -> list[Verdict]:
    path = RESULTS / "verdicts.json"
    try:
        return read_verdicts(path)
    except (OSError, ValueError) as error:
        raise StudyError(
            f"{path} is missing, or from before the study was changed: run the study again first"
        ) from error


def _described(path: Path) -> dict[str, dict[str, str]]:
    """What each file shows, of what, and its title that a folder lists, by its name without suffix."""
    return {
        str(Path(entry["file"]).with_suffix("")): {
            "of": entry.get("experiment") or entry.get("dataset") or "all experiments",
            "title": entry["title"],
            "caption": _plain(entry["caption"]),
        }
        for entry in json.loads(path.read_text(encoding="utf-8"))
    }


def _plain(text: str) -> str:
    """Text as reStructuredText shows it unchanged."""
    return MARKUP.sub(r"\\\1", text)
