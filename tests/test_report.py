"""The report shows what is missing, and a run with a missing trial does not end well."""

import gzip

import pytest

from study import complete
from study.claims import load_claims
from study.collect import read_trials
from study.config import load_study
from study.figures import FIGURES
from study.records import Trial, TrialError, read_verdicts
from study.report import TEMPLATES, read_chapters, render
from study.verify import text_of


@pytest.fixture(scope="module")
def trials(smoke):
    return read_trials(smoke.root / "results/trials.jsonl.gz")


@pytest.fixture(scope="module")
def page_of(smoke):
    """Render the smoke run's report for other trials."""
    study = load_study()
    verdicts = read_verdicts(smoke.root / "results/verdicts.json")
    chapters = read_chapters(smoke.root / "reports", list(study.experiments))
    return lambda trials: render(study, load_claims(), verdicts, trials, chapters)


def failed(trial: Trial) -> Trial:
    error = TrialError(type="ValueError", message="out of <cheese>\nmore", traceback="Traceback: out of <cheese>")
    return trial.model_copy(update={"status": "failed", "expect": "completed", "epochs": [], "error": error})


def test_a_gap_is_shown_with_its_traceback(trials, page_of):
    page = page_of([failed(trials[0]), *trials[1:]])
    assert f"1 of {len(trials)} trials did not end as planned" in page
    assert "Traceback: out of &lt;cheese&gt;" in page


def test_a_run_without_gaps_mentions_none(trials, page_of):
    assert "did not end as planned" not in page_of(trials)


def test_only_smoke_is_called_no_evidence(trials, page_of):
    full = [trial.model_copy(update={"scale": "full"}) for trial in trials]
    assert "not evidence" in page_of(trials)
    assert "not evidence" not in page_of(full)


def test_a_run_with_a_failed_trial_ends_with_its_name_and_how_to_repeat_it(smoke, trials, tmp_path, capsys):
    records = tmp_path / "trials.jsonl.gz"
    with gzip.open(records, "wt", encoding="utf-8") as file:
        file.writelines(trial.model_dump_json(exclude_unset=True) + "\n" for trial in [failed(trials[0]), *trials[1:]])
    out = tmp_path / "complete.json"
    assert complete.main([str(records), str(smoke.root / "results/verdicts.json"), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    for word in (trials[0].variant, "ValueError: out of <cheese>", "--forcerun results/trials/smoke/"):
        assert word in said
    assert not out.exists()


def test_every_figure_has_a_caption():
    captions = {path.stem: path.read_text("utf-8").strip() for path in (TEMPLATES / "captions").glob("*.txt")}
    assert set(captions) == set(FIGURES)
    assert all(captions.values())


def test_text_of_a_page_is_what_a_reader_sees():
    assert text_of("<p>a <b>b</b></p>\n<svg><text>1.5</text></svg>") == ["a", "b", "1.5"]
