"""Names the code that can change what a record holds by a hash of its files.

`code.json` lists these files for a trial and for each probe, as patterns below this folder. The driver reads the same
list: Snakemake to know what a record depends on, `study.reference` to find the revision that had such code.
"""

import glob
import hashlib
import json
import os

ROOT = os.path.dirname(os.path.abspath(__file__))
LIST = os.path.join(ROOT, "code.json")


def sha256(kind, experiment=""):
    """Hash of the code of a `kind` of record (a key of `code.json`); of a trial, also which `experiment` it is of."""
    digest = hashlib.sha256()
    for name in files(kind, experiment):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(f"{name} {hashlib.sha256(file.read()).hexdigest()}\n".encode())
    return digest.hexdigest()


def files(kind, experiment=""):
    """Paths below this folder, sorted, of the files that `sha256` covers."""
    with open(LIST, encoding="utf-8") as file:
        patterns = json.load(file)[kind]
    named = (os.path.join(glob.escape(ROOT), pattern.format(experiment=experiment)) for pattern in patterns)
    return sorted({os.path.relpath(path, ROOT) for pattern in named for path in glob.glob(pattern)})
