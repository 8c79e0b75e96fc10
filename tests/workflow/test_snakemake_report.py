"""`snakemake --report` alone shows the study: its pages, figures and images, each with a caption that holds numbers."""

import base64
import json
import re

import pytest

from study.claims.files import load_claims
from study.config.study import load_study
from study.verdicts.models import counted, read_verdicts


@pytest.fixture(scope="module")
def written(smoke, tmp_path_factory):
    """What Snakemake's own report of a finished study says, and what Snakemake said."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    done = smoke.run("snakemake", "--report", str(path))
    assert done.returncode == 0, done.stdout[-3000:]
    return path.read_text("utf-8"), done.stdout


def embedded(page, name):
    """What a script of Snakemake's report holds as JSON."""
    return json.loads(re.search(rf'<script id="{name}">\s*var \w+ = (.*?);\s*</script>', page, re.DOTALL)[1])


@pytest.fixture(scope="module")
def results(written):
    return embedded(written[0], "results")


def content(result):
    return base64.b64decode(result["data_uri"].partition(",")[2]).decode("utf-8")


def test_nothing_that_ran_is_missing(written):
    assert "Missing metadata" not in written[1]
    assert "assuming text/plain" not in written[1]


def test_every_result_has_a_category_a_label_and_a_caption(results, written):
    categories = embedded(written[0], "categories")
    assert set(categories) == {"Report", "Figures", "Images of the datasets", "Notebooks"}
    assert set(categories["Figures"]) > {"all experiments", "softmax_regression", "mini_vgg"}
    listed = [path for each in categories.values() for paths in each.values() for path in paths]
    assert sorted(listed) == sorted(results)
    for result in results.values():
        assert result["caption"].strip()
        assert all(result["labels"].values())


def test_every_figure_has_the_caption_that_the_page_has(smoke, results):
    for entry in json.loads((smoke.root / "reports/figures/figures.json").read_text("utf-8")):
        result = results[f"reports/figures/{entry['file']}"]
        assert result["labels"] == {"figure": entry["title"]}
        assert re.sub(r"\s+", " ", entry["caption"])[:40] in result["caption"].replace("\n", " ")
        assert re.search(r"n = \d+", result["caption"])


def test_our_pages_are_in_it_and_hold_every_verdict(smoke, results):
    assert content(results["reports/report.html"]) == (smoke.root / "reports/report.html").read_text("utf-8")
    table = content(results["reports/verdicts.html"])
    assert re.findall(r'<tr id="([^"]+)"', table) == [claim.id for claim in load_claims()]
    assert {f"reports/notebooks/{experiment}.ipynb" for experiment in load_study().experiments} <= results.keys()


def test_it_begins_with_the_numbers_of_the_run(smoke, written):
    said = embedded(written[0], "workflow-desc")
    tally = counted(read_verdicts(smoke.root / "results/verdicts.json"))
    assert f"<p>{sum(tally.values())} published statements" in said
    for name, number in tally.items():
        assert (f"<strong>{number}</strong> {name}" in said) == bool(number)
    assert "at the scale <tt" in said
    assert "0 ended otherwise than planned" in said
    assert "This is not evidence." in said


def test_before_a_run_there_is_nothing_to_report(checkout):
    done = checkout.run("snakemake", "--report")
    assert done.returncode
    assert "there is nothing to report yet: results/trials.jsonl.gz is missing; run the study first" in done.stdout
    assert not (checkout.root / "report.html").exists()


def test_a_run_still_wants_to_be_told_its_cores(checkout):
    done = checkout.run("snakemake")
    assert done.returncode
    assert "--cores" in done.stdout
