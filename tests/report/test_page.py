"""The report: what it shows of claims, trials and observations, what is missing from it, and its links."""

import json
import re
from collections import Counter

import nbformat
import pytest
from factories import (
    accuracy_claim,
    curve_claim,
    learned,
    make_claim,
    make_layer,
    make_network,
    make_observation,
    make_trial,
    same_claim,
)
from pages import FIRST, RUNTIME, SECOND, STUDY, TRIALS, page_of, section, words

from study.common.errors import StudyError
from study.records.collect import write_trials
from study.report import complete
from study.report.embedded import read_embedded


def failed_trial():
    return make_trial(error="ValueError: out of <cheese>\nmore", environment=RUNTIME, seed=77)


def test_a_gap_is_shown_with_its_traceback():
    page = page_of(trials=[failed_trial(), *TRIALS])
    assert "1 of 4 trials did not end as planned" in page
    assert "Traceback\nValueError: out of &lt;cheese&gt;" in page


def test_a_run_without_gaps_mentions_none():
    assert "did not end as planned" not in page_of()


def test_only_smoke_is_called_no_evidence():
    smoke = [trial.model_copy(update={"scale": "smoke"}) for trial in TRIALS]
    assert "not evidence" in page_of(trials=smoke)
    assert "not evidence" not in page_of()


def test_claims_stand_under_their_source_with_a_tally_of_their_own():
    claims = [
        accuracy_claim(0.94, id="first", source=FIRST),
        accuracy_claim(0.5, id="second", source=SECOND),
        accuracy_claim(0.6, id="third", source=SECOND),
    ]
    page = page_of(claims)
    assert "2 unresolved" in words(section(page, "source-003"))
    assert "1 unresolved" in words(section(page, "source-000"))
    assert 'id="third"' in section(page, "source-003")
    assert "Sequential API vs Functional API model in Keras" in section(page, "source-003")


def test_a_curve_shows_its_ends_and_not_all_its_numbers():
    published = [0.6 - 0.02 * epoch for epoch in range(20)]
    claim = curve_claim(published, id="curve", source=SECOND)
    page = page_of([claim], trials=learned([published] * 3, environment=RUNTIME))
    assert "0.6000 … 0.2200 (20 epochs)" in page
    assert "0.5800" not in page


def test_opinions_are_folded_with_their_reasons():
    claims = [
        accuracy_claim(0.94, id="fact", source=FIRST),
        make_claim("opinion", id="opinion", source=FIRST, why="Taste is not measured.", experiment=None),
    ]
    part = section(page_of(claims), "source-000")
    table, _, folded = part.partition('<details class="opinions">')
    assert 'id="fact"' in table
    assert 'id="opinion"' not in table
    assert "1 statement that no trial can answer" in folded
    assert "Taste is not measured." in folded


def test_conclusions_come_first_and_each_sentence_once():
    claims = [
        accuracy_claim(0.94, id="one", source=FIRST, quote="it is so", concludes=True),
        accuracy_claim(0.5, id="two", source=FIRST, quote="it is so", concludes=True),
        accuracy_claim(0.5, id="three", source=FIRST, quote="a detail"),
    ]
    page = page_of(claims)
    first = page[: page.index('id="contents"')]
    assert first.count("it is so") == 1
    assert 'href="#one"' in first
    assert 'href="#two"' in first
    assert "a detail" not in first


def test_statements_without_trials_are_named():
    claims = [
        accuracy_claim(0.94, id="seen", source=FIRST),
        accuracy_claim(0.94, id="unseen", source=FIRST, variant="functional"),
    ]
    note = re.search(r'<div class="note">.*?</div>', section(page_of(claims), "source-000"), re.DOTALL).group()
    assert words(note).startswith("1 statement has no trials at the scale full")
    assert 'href="#unseen"' in note
    assert 'href="#seen"' not in note


def test_a_report_of_a_part_of_the_study_says_so_first():
    head = page_of().split("</header>")[0]
    n = len(STUDY.experiments)
    assert f"{n - 1} of its {n} experiments have no trials here" in words(head)
    assert 'href="#experiment-mini_vgg"' in head
    assert 'href="#experiment-softmax_regression"' not in head
    whole = page_of(trials=[*TRIALS, *(make_trial(experiment=name, environment=RUNTIME) for name in STUDY.experiments)])
    assert "no trials here" not in words(whole.split("</header>")[0])


def test_capabilities_are_shown_with_their_errors_and_statements():
    seen = [
        make_observation("capabilities", "branches", variant="sequential", error="TypeError: no <list>"),
        make_observation("capabilities", "summary", variant="sequential", status="works after", remedy="build"),
    ]
    claim = make_claim(
        "capability", id="branch", source=SECOND, subject="branches", variant="sequential", expected="fails"
    )
    page = page_of([claim], observations=seen)
    table = section(page, "capabilities")
    assert "no &lt;list&gt;" in table
    assert "works after build" in words(table)
    assert 'href="#branch"' in table
    assert '<td class="number" data-label="Published">fails</td>' in page


def test_what_keras_does_is_shown_with_what_speaks_against_it():
    subject = "subclassed_model_is_functional"
    seen = [
        make_observation("behaviours", subject, runtime="tf-2.0.0", error="WrongResultError: it has no graph"),
        make_observation("behaviours", subject, runtime="tf-2.10.0", status="works"),
    ]
    claim = make_claim("behaviour", id="called-functional", source=SECOND, subject=subject)
    table = section(page_of([claim], observations=seen), "behaviours")
    row = "subclassed model is functional not so WrongResultError it has no graph so"
    assert row in words(table)
    assert 'href="#called-functional"' in table


def test_formulas_are_shown_with_their_differences():
    values = {"largest_relative_difference": 2.5e-13}
    table = section(
        page_of(observations=[make_observation("formulas", "graph", variant="functional", values=values)]), "formulas"
    )
    assert "2.5e-13" in table


def test_what_an_experiment_assumes_and_tries_stands_with_it():
    claim = accuracy_claim(0.94, source=FIRST, experiment="deep_mlp", assumed="a reading of the text")
    about = words(section(page_of([claim]), "experiment-deep_mlp"))
    assert "a reading of the text" in about
    assert "validation : the first images are set aside" in about
    assert "Not trained yet: batches of 16; batches of 64; batches of 128." in about
    assert "batch_size assumed: Keras' default" in about
    assert "It has no trials at the scale full" in about


def test_sentences_have_a_space_between_them():
    claim = make_claim("opinion", id="opinion", source=FIRST, why="Taste is not measured.", experiment=None)
    assert re.search(r"and opinions\.\s+\d+ trials", page_of([claim]))


def test_what_was_not_trained_is_not_said_to_have_been():
    trial = make_trial(experiment="deep_mlp", alternative="batch_64", environment=RUNTIME)
    about = words(section(page_of(trials=[*TRIALS, trial]), "experiment-deep_mlp"))
    assert "Trained instead: batches of 64. Not trained yet: batches of 16; batches of 128." in about


def test_figures_and_notebooks_stand_with_their_experiment_and_no_two_parts_share_a_name(tmp_path):
    names = ["softmax_regression", "deep_mlp"]
    svg = '<?xml version="1.0"?>\n<svg><defs><path id="p"/></defs><use href="#p"/><g clip-path="url(#p)"/></svg>'
    figures = [
        {"experiment": name, "name": "curves", "title": "A title", "caption": f"of {name}", "file": f"{name}.svg"}
        for name in names
    ]
    for name in names:
        (tmp_path / f"{name}.svg").write_text(svg, encoding="utf-8")
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"## A heading\n\nsteps of {name}")])
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    sample = {"dataset": "mnist", "title": "MNIST", "caption": "digits", "file": "mnist.png"}
    (tmp_path / "mnist.png").write_bytes(b"a figure")
    (tmp_path / "figures.json").write_text(json.dumps(figures), encoding="utf-8")
    (tmp_path / "samples.json").write_text(json.dumps([sample]), encoding="utf-8")
    trials = [*TRIALS, make_trial(experiment="deep_mlp", environment=RUNTIME)]
    page = page_of(trials=trials, embedded=read_embedded(tmp_path, tmp_path, tmp_path))
    for name in names:
        part = section(page.replace("<h2>", "<h3>"), f"experiment-{name}")
        assert f"of {name}" in part
        assert f"steps of {name}" in part
    assert "data:image/png;base64,YSBmaWd1cmU=" in section(page, "datasets")
    assert_whole(page)


def test_every_machine_that_made_records_is_shown_with_their_number():
    other = {**RUNTIME, "machine": {**RUNTIME["machine"], "kernel": "another"}}
    trials = [*TRIALS, make_trial(environment=other)]
    one, two = (words(section(page_of(trials=each), "provenance")) for each in (TRIALS, trials))
    assert "Machine cpu a processor logical_cores 2 Runtimes" in one
    assert f"Machine {len(TRIALS)} records 1 record cpu a processor a processor kernel another" in two


def test_every_link_leads_somewhere():
    claims = [
        accuracy_claim(0.94, id="one", source=FIRST, concludes=True, assumed="something"),
        make_claim("opinion", id="two", source=SECOND, why="Because of one.", experiment=None),
    ]
    assert_whole(page_of(claims))


def test_controlled_trials_have_a_section_and_what_they_judge_leads_there():
    same = {"protocol": "controlled", "environment": RUNTIME, "weights": "a" * 64}
    trials = [make_trial(**same, series="controlled", variant=variant) for variant in ("sequential", "subclass")]
    varied = [make_trial(**same, series="timing", settings={"threads": n}, applied={"threads": n}) for n in (1, 2)]
    claim = same_claim(id="same", source=FIRST, protocol="controlled")
    page = page_of([claim, accuracy_claim(0.94, id="other", source=FIRST)], [*TRIALS, *trials, *varied])
    assert "sequential and subclass on 2.0.0" in words(section(page, "bitwise"))
    assert 'href="#same"' in section(page, "bitwise")
    assert "threads : On 2.0.0 (one pair) it never changes a bit." in words(section(page, "origin-of-bits"))
    row, other = (page[page.index(f'<tr id="{name}"') :].split("</tr>")[0] for name in ("same", "other"))
    assert 'href="#bitwise"' in row
    assert 'href="#bitwise"' not in other
    assert_whole(page)


def test_without_controlled_trials_there_is_no_such_section():
    assert "#bitwise" not in page_of([same_claim(protocol="controlled", source=FIRST)])


def assert_whole(page):
    """No name is given twice, and whatever a part of the page refers to is there."""
    names = Counter(re.findall(r'\sid="([^"]*)"', page))
    assert [name for name, n in names.items() if n > 1] == []
    referred = {*re.findall(r'href="#([^"]*)"', page), *re.findall(r"url\(#([^)]*)\)", page)}
    assert referred - set(names) == set()


@pytest.fixture
def records(tmp_path):
    path = tmp_path / "trials.jsonl.gz"
    write_trials(path, [failed_trial(), *TRIALS])
    return path


def test_a_run_with_a_failed_trial_ends_with_its_name_and_how_to_repeat_it(records, tmp_path):
    verdicts, out = tmp_path / "verdicts.json", tmp_path / "complete.json"
    verdicts.write_text("[]", encoding="utf-8")
    with pytest.raises(StudyError) as raised:
        complete.main([str(records), str(verdicts), "--config", "scale=full provider=docker", "--out", str(out)])
    for word in ("sequential", "out of <cheese>", "--forcerun results/trials/full/", "scale=full provider=docker"):
        assert word in str(raised.value)
    assert not out.exists()


def test_text_of_a_page_is_what_a_reader_sees():
    assert words("<p>a <b>b</b></p>\n<style>p {}</style><svg><text>1.5</text></svg>") == "a b 1.5"


def test_networks_are_listed_and_those_that_are_said_to_differ_stand_side_by_side():
    def seen(variant, padding, fingerprint, alternative=None):
        layer = make_layer("Conv2D", f"of_{variant}", padding=padding, output_shape=[None, 4, 4, 8])
        values = make_network(layer, fingerprint=fingerprint * 64)
        return [
            make_observation(
                "structures",
                "mini_vgg",
                variant=variant,
                alternative=alternative,
                runtime=runtime,
                values=values,
                environment=RUNTIME,
            )
            for runtime in ("tf-2.0.0", "tf-2.10.0")
        ]

    observations = [*seen("sequential", "valid", "a"), *seen("subclass", "same", "b", "same_stride_2")]
    claim = make_claim(
        "network",
        id="a-difference",
        subject="mini_vgg",
        variant="sequential",
        baseline={"variant": "subclass", "alternative": "same_stride_2"},
        expected="differs",
        differences=["padding"],
    )
    part = section(page_of([claim], observations=observations), "networks")
    assert "mini_vgg/subclass/same_stride_2 bbbbbbbbbbbb" in words(part)
    assert "2 of 2 runtimes" in words(part)
    assert "They are not the same network: padding differs." in words(part)
    assert re.search(r'<tr class="chosen">\s*<td>≠</td><td>padding</td><td>valid</td><td>same</td>', part)
    assert 'href="#a-difference"' in part
    assert 'id="networks"' not in page_of(), "without observations there is no such section"
