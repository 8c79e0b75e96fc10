"""What Snakemake's report says of results that are not there, or not of this study."""

import shutil
from pathlib import Path

import pytest

from study.common.errors import StudyError
from study.report.captions import captions, configuration

REFERENCE = Path("reports/reference/amd-epyc-2-cores").absolute()


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A study that ran, whose verdicts are yet to come."""
    (tmp_path / "config").symlink_to(Path("config").absolute())
    (tmp_path / "results").mkdir()
    shutil.copy(REFERENCE / "trials.jsonl.gz", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


def test_the_scale_is_looked_up(results):
    assert configuration()["scale"] == "full"


@pytest.mark.parametrize("text", [None, "[{}]", "["])
def test_verdicts_that_are_missing_or_old_are_told_in_a_sentence(results, text):
    if text is not None:
        (results / "verdicts.json").write_text(text, "utf-8")
    with pytest.raises(StudyError, match=r"results/verdicts\.json is missing, or from before the study was changed"):
        captions()
