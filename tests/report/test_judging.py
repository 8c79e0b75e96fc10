"""What the report says of the judging itself."""

import json
from pathlib import Path

from pages import page_of, section, words

COMMITTED = json.loads(Path("reports/calibration.json").read_text("utf-8"))


def test_how_often_the_judging_errs_stands_in_a_chapter_of_its_own():
    chapter = words(section(page_of(calibration=COMMITTED | {"any_false_contradicted": 0.0456}), "judging"))
    assert f"{COMMITTED['simulated_with']['studies']} simulated studies of each kind" in chapter
    assert f"{sum(COMMITTED['simulated_with']['questions'].values())} questions" in chapter
    assert "4.6 % of the studies contradict anything that is true (at most 5 % are meant to)" in chapter
    assert "upheld in 100 % of the cases with 20 blocks on a quiet machine" in chapter
    assert "The study plans 3 or 5 timed blocks so far." in chapter


def test_a_kind_of_noise_and_number_of_runs_is_a_row():
    chapter = section(page_of(calibration=COMMITTED), "judging")
    assert chapter.count("<tr><td>") == len(COMMITTED["coverage"])


def test_without_a_calibration_there_is_no_chapter():
    assert 'id="judging"' not in page_of()
