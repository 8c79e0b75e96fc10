"""When the rule and the margin of each claim were fixed: before or after the first of the trials that answer it.

`config/margins.json` says it, so that a folder without a history knows it too; `study.reference.margins` writes it from
the history, in which anybody can look it up.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, TypeAdapter

from study.claims.files import CLAIMS, place_of
from study.claims.models import Claim
from study.config.validation import ConfigError, Sha256, StrictModel, read_text

MARGINS = Path("config/margins.json")
# What a claim is judged by; the rest of it says what is asked, and of which trials.
TERMS = ("rule", "metric", "margin", "direction")


class Fixed(StrictModel):
    """Hash of a claim's terms, and since when, and from which revision on, they stand in the history."""

    sha256: Sha256
    since: AwareDatetime
    revision: str


Margins = Mapping[str, Fixed]


def terms_sha256(claim: Mapping[str, Any]) -> str:
    """Hash what a claim, as its file writes it, is judged by."""
    given = {name: claim[name] for name in TERMS if claim.get(name) is not None}
    terms = {name: float(value) if isinstance(value, int) else value for name, value in given.items()}
    return hashlib.sha256(json.dumps(terms, sort_keys=True).encode()).hexdigest()


def terms_of(claim: Claim) -> str:
    """Hash what a claim is judged by."""
    return terms_sha256(claim.model_dump(mode="json", by_alias=True, exclude_unset=True))


def load_margins(path: Path = MARGINS) -> dict[str, Fixed]:
    """Read when the terms of each claim were fixed, by its id."""
    return TypeAdapter(dict[str, Fixed]).validate_json(read_text(path))


def refuse_unfixed(claims: Iterable[Claim], margins: Margins, where: str | Path = CLAIMS) -> None:
    """Refuse claims that trials answer whose rule and margin nobody committed before these.

    Raises
    ------
    ConfigError
        With the claim, its line, and what to do.
    """
    for claim in claims:
        fixed = margins.get(claim.id)
        if claim.needs_trials and (fixed is None or fixed.sha256 != terms_of(claim)):
            loc = "margin" if hasattr(claim, "margin") else "rule"
            raise ConfigError(
                f"{place_of(where, claim.id, (loc,))}: {claim.id}: its rule and margin are not fixed: commit them, then"
                " python -m study.reference.margins, before any of its trials runs"
            )
