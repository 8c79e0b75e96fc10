"""Looks up in this repository's history since when the rule and the margin of each claim are what they are."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from study.claims.files import CLAIMS, load_claims
from study.claims.margins import MARGINS, Fixed, load_margins, terms_of, terms_sha256
from study.common.atomic import write_text
from study.common.command import run
from study.common.errors import StudyError
from study.reference.revisions import changes, files_at

# Until a source had a file of its own.
PLACES = (Path(CLAIMS), Path("config/claims.yaml"))


def history() -> dict[str, Fixed]:
    """Since when each claim of the last revision has its terms, by its id.

    Of a part of the history, as a shallow clone has it, it may be later than it was, never earlier.

    Raises
    ------
    StudyError
        Where there is no history.
    """
    fixed = dict[str, Fixed]()
    for revision, since in changes(PLACES):
        then = {entry["id"]: terms_sha256(entry) for entry in _claims(revision)}
        fixed = {
            name: fixed[name]
            if name in fixed and fixed[name].sha256 == sha256
            else Fixed(sha256=sha256, since=since, revision=revision)
            for name, sha256 in then.items()
        }
    return fixed


def _claims(revision: str) -> Iterator[Mapping[str, Any]]:
    for content in files_at(revision, PLACES):
        yield from yaml.load(content, Loader=yaml.CSafeLoader)


def text(fixed: Mapping[str, Fixed]) -> str:
    """JSON of what is fixed, as it is kept."""
    entries = {name: fixed[name].model_dump(mode="json") for name in sorted(fixed)}
    return json.dumps(entries, indent=1) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Keep since when the rule and the margin of each claim of the last commit are what they are."""
    parser = argparse.ArgumentParser(prog="python -m study.reference.margins", description=main.__doc__)
    parser.parse_args(arguments)
    fixed = history()
    changed = [
        claim.id for claim in load_claims() if claim.id not in fixed or fixed[claim.id].sha256 != terms_of(claim)
    ]
    if changed:
        raise StudyError(f"not committed: the rule or the margin of {', '.join(changed)}: commit {CLAIMS} first")
    kept = load_margins()
    known = {name: each for name, each in kept.items() if name in fixed and fixed[name].sha256 == each.sha256}
    write_text(MARGINS, text(fixed | known))


if __name__ == "__main__":
    run(main)
