"""Writes what a lock holds as a software bill of materials, as `uv export` does for the driver's `uv.lock`.

In CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/). A lock says nothing of licences; uv names none either.
"""

import json
import re
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from study.config.runtimes import Runtime

# A package, its hashes, and who asks for it, as `uv pip compile` writes it.
ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)[^\n]*\n(?P<hashes>(?: +--hash=[^\n]*\n)*)(?P<via>(?: +#[^\n]*\n?)*)",
    re.MULTILINE,
)
SHA256 = re.compile(r"sha256:([0-9a-f]{64})")
VIA = re.compile(r"^ +#(?: via)? *(.*)$", re.MULTILINE)
REQUIREMENTS = "-r "


class Package(NamedTuple):
    """A locked package.

    Attributes
    ----------
    name, version
        As PyPI has it.
    hashes
        sha256 of every file that may be installed.
    via
        Packages that ask for it; for what the runtime itself asks for, `-r` and a file.
    """

    name: str
    version: str
    hashes: list[str]
    via: list[str]

    @property
    def reference(self) -> str:
        """What it is called within the bill."""
        return f"{self.name}@{self.version}"


def packages(lock: str) -> list[Package]:
    """Packages that the text of a lock names, in its order."""
    return [
        Package(
            found["name"],
            found["version"],
            SHA256.findall(found["hashes"]),
            [name for name in VIA.findall(found["via"]) if name],
        )
        for found in ENTRY.finditer(lock)
    ]


def sbom_file(runtime: Runtime) -> Path:
    """Where a runtime's bill of materials is."""
    return Path(runtime.lock.replace(".lock.txt", ".cdx.json"))


def sbom(name: str, runtime: Runtime) -> str:
    """Text of the bill of materials (JSON) of a runtime; the same for the same lock."""
    locked = packages(Path(runtime.lock).read_text(encoding="utf-8"))
    itself = {"type": "platform", "name": name, "version": runtime.tensorflow, "bom-ref": name}
    bill = {
        "metadata": {"component": itself},
        "components": [_component(package) for package in locked],
        "dependencies": _dependencies(name, locked),
    }
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bill, sort_keys=True))
    header = {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": number.urn, "version": 1}
    return json.dumps(header | bill, indent=2) + "\n"


def _component(package: Package) -> dict[str, Any]:
    files = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{package.name}/{package.version}/#files",
        "comment": "sha256 of every file that may be installed",
        "hashes": [{"alg": "SHA-256", "content": sha256} for sha256 in package.hashes],
    }
    return {
        "type": "library",
        "bom-ref": package.reference,
        "name": package.name,
        "version": package.version,
        "purl": f"pkg:pypi/{package.name}@{package.version}",
        "externalReferences": [files],
    }


def _dependencies(name: str, locked: list[Package]) -> list[dict[str, Any]]:
    """Who asks for what; the runtime itself for what its requirements name."""
    asked: dict[str, list[str]] = {name: [], **{package.name: [] for package in locked}}
    for package in locked:
        for via in package.via:
            asked[name if via.startswith(REQUIREMENTS) else via].append(package.reference)
    references = {package.name: package.reference for package in locked}
    return [{"ref": references.get(who, who), "dependsOn": what} for who, what in asked.items()]
