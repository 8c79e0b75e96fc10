"""README's parts that are looked up: they say what the committed results say."""

import re
from collections import Counter

import numpy as np
import pytest

from study.analysis.epoch_times import between_apis, between_versions
from study.analysis.evidence import Evidence
from study.claims.files import load_claims
from study.common.errors import StudyError
from study.records.collect import read_trials
from study.reference.contents import REFERENCE
from study.report import conclusions, readme
from study.report.conclusions import short
from study.verdicts.models import read_verdicts

TEXT = readme.README.read_text("utf-8")
RESULTS = REFERENCE / "amd-epyc-2-cores"


def test_readme_is_current():
    assert readme.written(TEXT) == TEXT, "run: make readme"


def test_the_answers_stand_before_any_table_and_follow_the_records():
    answers = TEXT[: TEXT.index("| `SCALE` |")]
    times = [float(number) for number in re.findall(r"([\d.]+) times as long", answers)]
    trials = read_trials(RESULTS / "trials.jsonl.gz")
    medians = [np.median([ratio.value for ratio in ratios]) for ratios in between_versions(Evidence(trials)).values()]
    assert times == pytest.approx(medians, abs=0.005)
    assert f"Of {len(between_apis(Evidence(trials)))} ratios" in answers


def test_what_was_typed_between_the_comments_is_replaced_and_nothing_else_is():
    edited = TEXT.replace("contradicted", "reproduced").replace("# Keras API study", "# Another title")
    assert readme.written(edited) == TEXT.replace("# Keras API study", "# Another title")


def test_each_source_has_its_conclusions_below_the_tally_of_their_verdicts():
    verdicts = {verdict.claim: verdict.verdict for verdict in read_verdicts(RESULTS / "verdicts.json")}
    for source in sorted({claim.source for claim in load_claims()}):
        concluding = [claim for claim in load_claims() if claim.source == source and claim.concludes]
        (summary, table) = re.search(
            rf"<summary><b>{short(source)}</b> [^\n]+: <b>([^<]+)</b></summary>\n(.*?)</details>", TEXT, re.DOTALL
        ).groups()
        counts = Counter(verdicts[claim.id] for claim in concluding)
        assert dict(each.split(" ", 1)[::-1] for each in summary.split(", ")) == {k: str(n) for k, n in counts.items()}
        rows = table.strip().splitlines()[2:]
        assert [row.split(" | ")[0] for row in rows] == [f"| “{claim.quote}”" for claim in concluding]


def test_a_conclusion_without_a_verdict_is_named():
    with pytest.raises(StudyError, match=r"'000-conclusion-1-newer-is-faster' has no verdict yet: .*dvc repro"):
        conclusions.conclusions_table(load_claims(), [])
