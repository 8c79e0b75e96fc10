"""What steps ask of a cluster, and what Snakemake compares."""

import re
from pathlib import Path

import yaml

from study.config.datasets import load_datasets

UNITS = {"MB": 10**6, "GB": 10**9}


def profile(name):
    return yaml.safe_load(Path(f"profiles/{name}/config.yaml").read_text("utf-8"))


def rules():
    text = "".join(path.read_text("utf-8") for path in sorted(Path("workflow/rules").glob("*.smk")))
    return set(re.findall(r"^(?:use )?rule (\w+)(?:: *$| as )", text, re.MULTILINE)) | {"timed_trials"}


def test_every_rule_says_what_memory_and_time_it_asks_for():
    text = "".join(path.read_text("utf-8") for path in sorted(Path("workflow/rules").glob("*.smk")))
    for name, body in re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL):
        asked = "taken_by_trials()" if name == "trials" else f'taken_by("{name}")'
        assert f"    resources:\n        **{asked}," in body, name
        assert ("gpu=gpus_of" in body) == (name in {"trials", "probe"}), name


def test_the_profile_of_slurm_names_rules_that_there_are():
    chosen = profile("slurm")
    named = chosen["set-threads"].keys() | chosen["set-resources"].keys()
    assert named <= rules()


def test_the_content_of_the_largest_published_file_is_compared():
    number, unit = re.fullmatch(r"(\d+)(\w+)", profile("default")["max-checksum-file-size"]).groups()
    largest = max(file.bytes for dataset in load_datasets().values() for file in dataset.files.values())
    assert largest <= int(number) * UNITS[unit]


def test_a_changed_plan_is_told_apart_without_printing_it(smoke, tmp_path):
    changed = smoke.copy(tmp_path / "changed").run(
        "snakemake", "--dry-run", "--cores", "2", "--config", "scale=smoke", "seed=5"
    )
    assert "Params have changed since last execution" in changed.stdout
    assert "n_train" not in changed.stdout
    assert max(map(len, changed.stdout.splitlines())) < 6000


def test_no_rule_needs_the_number_of_cores_to_be_given():
    """`snakemake --report` alone gives none, and Snakemake then refuses to say how many there are."""
    for path in sorted(Path("workflow/rules").glob("*.smk")):
        assert "threads: workflow.cores" not in path.read_text("utf-8"), f"{path}: all_cores() says it"
