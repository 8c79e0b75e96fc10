"""Everything committed of a machine is derived again or held: any change is named with its file and place."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from benchmarks.faults import tampering

from study.records.collect import read_trials
from study.records.jsonlines import read_json_lines, write_json_lines
from study.reference import checksums, dvc_lock, places, verify
from study.reference.contents import REFERENCE, machines
from study.reference.scope import full_plan, update

SMALL = REFERENCE / "intel-xeon-2-cores"
WITH_OBSERVATIONS = REFERENCE / "amd-epyc-2-cores"


def test_every_byte_is_derived_again_or_held():
    assert len(machines()) > 1
    assert verify.main([]) == 0


def test_every_change_is_named_with_its_place():
    for outcome in tampering.attack([SMALL], tried=30, forged=2):
        assert outcome.held == outcome.tried > 0, outcome.what


def test_a_measurement_that_was_changed_with_its_checksum_changes_what_is_derived(copy, capsys):
    def change(record):
        record["epochs"][-1]["accuracy"] += 0.01

    rewritten(copy, "trials.jsonl.gz", change)
    assert verify.main([str(copy)]) == 1
    said = capsys.readouterr()
    assert re.search(rf"{copy}: \d+ differences", said.out)
    assert re.search(rf"{copy}/report.html:\d+: [\w-]+: .*, derived again ", said.err)
    assert re.search(rf"dvc.lock:\d+: {copy}/trials.jsonl.gz: md5 ", said.err)


@pytest.fixture(scope="module")
def derived():
    with verify.derived_again(SMALL) as folder:
        yield folder


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(SMALL, tmp_path / SMALL.name))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</style>", "table {display: none}</style>"),
        ("</body>", "<script>alert(1)</script></body>"),
        ('href="#', 'href="https://example.org/#'),
        ('src="data:image/png;base64,i', 'src="data:image/png;base64,j'),
        (r' d="M \d', ' d="M 9999'),
    ],
)
def test_what_no_reader_sees_as_text_is_compared_too(copy, derived, old, new):
    page = (copy / "report.html").read_text("utf-8")
    changed = re.sub(old, new, page, count=1)
    assert changed != page
    (copy / "report.html").write_text(changed, "utf-8")
    line = changed.count("\n", 0, re.search(old, page).start()) + 1
    said = list(verify.differing(copy, derived))
    assert any(each.startswith(f"{copy}/report.html:{line}: ") for each in said), said
    assert len(said) <= places.MOST + 2


def test_a_difference_is_named_by_its_claim(copy, derived):
    verdicts = json.loads((copy / "verdicts.json").read_text("utf-8"))
    verdicts[7]["n"] += 1
    (copy / "verdicts.json").write_text(json.dumps(verdicts, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (said,) = verify.differing(copy, derived)
    assert re.fullmatch(f'{copy}/verdicts.json:\\d+: {verdicts[7]["claim"]}: .*"n": .*, derived again .*', said)


def rewritten(folder, name, change):
    """Change the first record of a file, and make the file's checksum fit; return where it is."""
    path = folder / name
    records = [record for _, record in read_json_lines(path)]
    change(records[0])
    write_json_lines(path, records)
    checksums.write(folder, checksums.read(folder) | checksums.of(folder, [name]))
    return f"{path}:1: "


def with_environment(part, **fields):
    """Change what a record says of its environment, and make the hash fit."""

    def change(record):
        record["environment"][part] |= fields
        described = json.dumps(record["environment"], sort_keys=True).encode()
        record["environment_sha256"] = hashlib.sha256(described).hexdigest()

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda record: record["environment"]["machine"].update(ram_bytes=1), "the environment gives"),
        (lambda record: record.update(code_sha256="f" * 64), "has no revision"),
        (lambda record: record.update(runtime="tf-9.0.0"), "tf-9.0.0"),
        (with_environment("runtime", numpy="1.0"), "numpy is 1.0, but workflow/envs/tf-"),
        (with_environment("runtime", tensorflow="1.0"), "tensorflow is 1.0"),
        (with_environment("runtime", python="2.7.18"), "python is 2.7.18"),
        (with_environment("runtime", lock_sha256="f" * 64), "has in no revision"),
    ],
)
def test_an_observation_that_contradicts_itself_or_the_configuration_is_named(tmp_path, change, words):
    folder = Path(shutil.copytree(WITH_OBSERVATIONS, tmp_path / WITH_OBSERVATIONS.name))
    where = rewritten(folder, "observations.jsonl.gz", change)
    said = verify.unheld(folder)
    assert any(each.startswith(where) and words in each for each in said), said[:5]


def test_trials_on_another_dataset_than_those_of_other_machines_are_named(copy):
    records = [record | {"dataset_sha256": "f" * 64} for _, record in read_json_lines(copy / "trials.jsonl.gz")]
    write_json_lines(copy / "trials.jsonl.gz", records)
    checksums.write(copy, checksums.read(copy) | checksums.of(copy, ["trials.jsonl.gz"]))
    said = verify.unheld(copy)
    assert len(said) == len(records)
    assert all("in most trials on cats_vs_dogs" in each for each in said)


REVISION = "dc971967a1c8f2d04ffd54e87d362f7434d1c2ee"
ANOTHER = "6256c5e3cd30ec2bf445ab9da889faa4785c5357"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"trials": 19', '"trials": 18', "the records give"),
        ('"ram_gib": 24', '"ram_gib": 32', "the records give"),
        (REVISION, REVISION.replace("d", "e"), "is not in the history here"),
        (REVISION, ANOTHER, "does not hold the code"),
        ('"trials": 19', '"trials": "many"', "trials: Input should be a valid integer"),
        ('"trials": 19,', "", "trials: Field required"),
        ("}", "", "not valid YAML"),
    ],
)
def test_an_origin_that_is_not_that_of_the_records_is_named(copy, old, new, words):
    path = copy / "origin.json"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    checksums.write(copy, checksums.read(copy) | checksums.of(copy, [path.name]))
    said = verify.unheld(copy)
    assert any(each.startswith(f"{path}:") and words in each for each in said), said


def test_what_no_history_has_is_named_too(tmp_path):
    """Of a machine that is not committed yet, a file is named by the line of its checksum."""
    folder = tmp_path / "new-machine"
    folder.mkdir()
    for name in ("trials.jsonl.gz", "observations.jsonl.gz", "origin.json", "scope.yaml"):
        (folder / name).write_bytes(b"1")
    checksums.write(folder, checksums.of(folder, ["origin.json"]) | {"scope.yaml": "0" * 64, "gone.png": "1" * 64})
    assert list(checksums.differences(folder)) == [
        f"{folder}/SHA256SUMS:1: {folder}/gone.png is missing",
        f"{folder}/SHA256SUMS:3: {folder}/scope.yaml has not this checksum, nor has any version of it in git",
        f"{folder}/observations.jsonl.gz: neither derived nor named in SHA256SUMS",
        f"{folder}/trials.jsonl.gz: neither derived nor named in SHA256SUMS",
    ]


def test_broken_records_whose_checksum_fits_are_named(copy):
    path = copy / "trials.jsonl.gz"
    path.write_bytes(path.read_bytes()[:500] + b"broken" + path.read_bytes()[506:])
    checksums.write(copy, checksums.read(copy) | checksums.of(copy, [path.name]))
    (said,) = verify.unheld(copy)
    assert said.startswith(f"{path}: cannot be read: ")


@pytest.mark.parametrize("folder", machines(), ids=lambda folder: folder.name)
def test_every_path_hash_and_size_in_the_lock_is_held(folder, tmp_path):
    assert list(dvc_lock.differences(folder)) == []
    text, lock = dvc_lock.LOCK.read_text("utf-8"), tmp_path / "dvc.lock"
    stage = text[text.index(f"reference@{folder.name}:") :].partition("\n  reference@")[0]
    values = list(re.finditer(r"(?:path|md5|size|nfiles): (\w)", stage))
    assert len(values) > 2 * len(yaml.safe_load(text)["stages"][f"reference@{folder.name}"]["outs"])
    for value in values:
        place = text.index(stage) + value.start(1)
        lock.write_text(text[:place] + ("1" if text[place] != "1" else "2") + text[place + 1 :], "utf-8")
        (said,) = dvc_lock.differences(folder, lock)
        assert said.startswith(f"{lock}:{text.count(chr(10), 0, place) + 1}: ")


def test_a_new_scope_leaves_all_other_checksums_as_they_were(copy):
    (copy / "samples/mnist.png").write_bytes(b"changed")
    (copy / "scope.yaml").write_text("holds: []\n", "utf-8")
    planned, before = full_plan(), checksums.read(copy)
    trials = read_trials(copy / "trials.jsonl.gz")
    update(copy, trials, planned)
    assert checksums.read(copy) == before
    assert list(checksums.differences(copy)) == [f"{copy}/samples/mnist.png: byte 1 is not as kept"]


def test_a_machine_whose_folder_is_gone_and_a_stray_file_are_named(tmp_path, monkeypatch, capsys):
    shutil.copy(dvc_lock.LOCK, tmp_path)
    (tmp_path / REFERENCE).mkdir(parents=True)
    (tmp_path / REFERENCE / "stray").touch()
    named = [*machines(), REFERENCE / "stray"]
    monkeypatch.chdir(tmp_path)
    assert verify.main([]) == 1
    said = capsys.readouterr().err
    assert all(f"{folder}/SHA256SUMS: missing" in said for folder in named)


def test_only_from_files_as_they_were_kept_is_anything_written(copy):
    page = (copy / "report.html").read_bytes()
    (copy / "report.html").unlink()
    image = (copy / "samples/mnist.png").read_bytes()
    (copy / "samples/mnist.png").write_bytes(image[:-1])
    assert verify.main(["--write", str(copy)]) == 1
    assert not (copy / "report.html").exists()
    (copy / "samples/mnist.png").write_bytes(image)
    assert verify.main(["--write", str(copy)]) == 0
    assert (copy / "report.html").read_bytes() == page
