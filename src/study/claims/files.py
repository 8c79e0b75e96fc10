"""Reads the claims: every file of a folder, or one."""

from pathlib import Path
from typing import Any

from study.claims.rules import AnyClaim
from study.config.validation import ConfigError, Loc, line_of, load_yaml, read_text

CLAIMS = "config/claims"


def claim_files(path: str | Path = CLAIMS) -> list[Path]:
    """Files of claims: those in a folder, in the order of their names, or the one file named."""
    path = Path(path)
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def load_claims(path: str | Path = CLAIMS) -> list[AnyClaim]:
    """Read all claims: every file of a folder, in the order of their names, or one file.

    Raises
    ------
    ConfigError
        For a misspelt key, an unknown rule, metric, subject or fact, with the line and the nearest valid name, and
        for a claim that comes twice.
    """
    claims, places = list[AnyClaim](), dict[str, tuple[Path, int]]()
    for file in claim_files(path):
        for number, claim in enumerate(load_yaml(file, list[AnyClaim])):
            if claim.id in places:
                first, again = _line(*places[claim.id], "id"), _line(file, number, "id")
                raise ConfigError(f"{again}: the claim '{claim.id}' comes twice, first at {first}")
            places[claim.id] = file, number
            claims.append(claim)
    if not claims:
        raise ConfigError(f"{path}: there are no claims")
    return claims


def place_of(path: str | Path, claim_id: str, loc: Loc) -> str:
    """Name the place of `loc` in one of the claims at `path`."""
    for file in claim_files(path):
        for number, entry in enumerate(load_yaml(file, list[dict[str, Any]])):
            if entry.get("id") == claim_id:
                return _line(file, number, *loc)
    return str(path)


def _line(file: Path, *loc: int | str) -> str:
    """Name the place of `loc` in a file of claims."""
    return f"{file}:{line_of(read_text(file), loc)}"
