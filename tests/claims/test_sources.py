"""Every number of a source is answered by a claim or said to state nothing, and every quote stands in its source."""

import hashlib
from pathlib import Path

import pytest
from factories import SHA, make_claim
from hypothesis import given
from hypothesis import strategies as st
from texts import TEXTS, made_of, text_of

from study.claims import sources
from study.claims.files import load_claims
from study.claims.models import Claim
from study.claims.page import missing_parts, with_numbers
from study.claims.sources import Source, idle, leftovers, load_sources, passages_of
from study.config.study import load_study
from study.config.validation import ConfigError

CLAIMS = load_claims()
SOURCES = load_sources()
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.file)
LOG = [
    "Epoch 1/2",
    "9/9 - 5s 90us/sample - loss: 3.0 - first_loss: 1.6 - second_loss: 1.4 - val_loss: 2.5 - val_first_loss: 1.2",
    "9/9 - 6s 4ms/sample - loss: 2.0 - first_loss: 0.9 - second_loss: 1.1 - val_loss: 1.5 - val_first_loss: 0.7",
]


def of(source: Source) -> list[Claim]:
    return [claim for claim in CLAIMS if claim.source == source.file]


def left(source: Source, *claims: Claim) -> list[str]:
    """Numbers that are left over, without the lines they stand in."""
    return [leftover.removeprefix(f"{source.file}: ").split(" in: ")[0] for leftover in leftovers(source, claims)]


@each_source
def test_no_number_of_a_source_is_left_over(source: Source):
    assert leftovers(source, CLAIMS) == []


@each_source
def test_nothing_is_explained_that_a_claim_answers(source: Source):
    assert idle(source, CLAIMS) == []


@each_source
def test_without_its_claims_a_source_has_numbers_left_over(source: Source):
    assert leftovers(source, [claim for claim in CLAIMS if claim.source != source.file])


@each_source
def test_a_new_number_is_reported_with_its_line(source: Source):
    line = "It was 7.25 times as fast."
    middle = len(source.passages) // 2
    passages = [*source.passages[:middle], line, *source.passages[middle:]]
    assert leftovers(source.model_copy(update={"passages": passages}), CLAIMS) == [f"{source.file}: 7.25 in: {line}"]


@each_source
def test_passages_are_the_lines_of_the_text_that_hold_a_digit(source: Source):
    text = text_of(source)
    assert source.passages == passages_of(text)
    if TEXTS:
        assert hashlib.sha256((Path(TEXTS) / source.file).read_bytes()).hexdigest() == source.sha256


@each_source
def test_every_quote_is_verbatim(source: Source):
    text = text_of(source)
    quotes = {claim.id: claim.quote if TEXTS else with_numbers(claim.quote) for claim in of(source)}
    assert {name: missing for name, quote in quotes.items() if (missing := missing_parts(quote, text))} == {}


def test_every_claim_and_every_experiment_names_a_source_that_is_known():
    known = {source.file for source in SOURCES}
    assert {claim.source for claim in CLAIMS} == known
    assert {experiment.source for experiment in load_study().experiments.values()} <= known


def test_a_quote_answers_its_own_numbers_alone():
    source = made_of("It took 3 s, then 4 s.", "And 3 s again.")
    assert left(source) == ["3", "4", "3"]
    assert left(source, make_claim("fails", source="a source", quote="took 3 s")) == ["4", "3"]
    assert left(source, make_claim("fails", source="a source", quote="then 4 s … 3 s")) == ["3"]
    assert left(source, make_claim("fails", source="another", quote="took 3 s")) == ["3", "4", "3"]


def test_a_quote_answers_nothing_if_a_part_is_missing_or_comes_too_early():
    source = made_of("It took 3 s, then 4 s.")
    for quote in ("took 3 s … then 5 s", "then 4 s … took 3 s"):
        assert left(source, make_claim("fails", source="a source", quote=quote)) == ["3", "4"]


def test_half_a_number_is_no_answer():
    assert left(made_of("It took 31.5 s."), make_claim("fails", source="a source", quote="took 31")) == ["31.5"]


def test_parts_are_sought_in_order_whatever_the_white_space():
    text = "one  two\nthree four"
    assert missing_parts("one two … four", text) == []
    assert missing_parts("two three", text) == []
    assert missing_parts("four … one", text) == ["one"]
    assert missing_parts("one Two", text) == ["one Two"]


@pytest.mark.parametrize(
    ("changes", "answered"),
    [
        ({"metric": "loss", "published": [3.0, 2.0], "quote": "loss: 3.0"}, ["3.0", "2.0"]),
        ({"metric": "val_loss", "published": [2.5, 1.5], "quote": "val_loss: 2.5"}, ["2.5", "1.5"]),
        ({"metric": "loss", "output": 2, "published": [1.4, 1.1], "quote": "second_loss: 1.4"}, ["1.4", "1.1"]),
        ({"metric": "val_loss", "output": 1, "published": [1.2, 0.7], "quote": "val_first_loss: 1.2"}, ["1.2", "0.7"]),
        ({"metric": "epoch_seconds", "published": [5, 6], "quote": "5s"}, ["5", "6"]),
        ({"metric": "cost_per_sample", "published": [90, 4000], "quote": "90us/sample"}, ["90", "4"]),
    ],
)
def test_a_curve_answers_what_is_printed_beside_its_name(changes: dict[str, object], answered: list[str]):
    source = made_of(*LOG)
    every = left(source)
    for number in answered:
        every.remove(number)
    assert left(source, make_claim("curve", source="a source", margin=0.1, **changes)) == every


def test_a_curve_with_another_number_answers_only_its_quote():
    claim = make_claim("curve", source="a source", margin=0.1, metric="loss", published=[3.0, 2.1], quote="loss: 3.0")
    assert "2.0" in left(made_of(*LOG), claim)
    assert "3.0" not in left(made_of(*LOG), claim)


def test_what_states_nothing_is_explained_and_idle_where_it_explains_nothing():
    source = made_of("Figure 1. It took 3 s.", uncovered=[{"pattern": r"Figure \d\.", "reason": "A figure's number."}])
    claim = make_claim("fails", source="a source", quote="It took 3 s")
    assert leftovers(source, [claim]) == []
    assert idle(source, [claim]) == []
    assert idle(source, [claim, make_claim("fails", source="a source", quote="Figure 1.")]) == [r"Figure \d\."]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.data())
def test_every_number_is_either_answered_or_left_over(numbers: list[int], data: st.DataObject):
    lines = [f"line {'abcdefgh'[place]} says {number} there" for place, number in enumerate(numbers)]
    quoted = data.draw(st.sets(st.sampled_from(range(len(lines)))))
    claims = [make_claim("fails", source="a source", quote=lines[place]) for place in quoted]
    assert left(made_of(*lines), *claims) == [str(n) for place, n in enumerate(numbers) if place not in quoted]


def test_a_text_is_added_and_read_again(tmp_path: Path):
    out, text = tmp_path / "sources.yaml", tmp_path / "a.txt"
    out.write_text("# What this file is.\n[]\n", encoding="utf-8")
    text.write_bytes(b"The title\r\n\nIt took 3 s.\nNo number.\n")
    sources.main([str(text), "--out", str(out)])
    (added,) = load_sources(out)
    assert (added.file, added.title, added.passages) == ("a.txt", "The title", ["It took 3 s."])
    assert added.sha256 == hashlib.sha256(text.read_bytes()).hexdigest()

    edited = (
        out.read_text("utf-8")
        .replace("title: The title", "title: Better")
        .replace("uncovered: []", "uncovered: [{pattern: '3 s', reason: a time}]")
        .replace("unjudged: []", "unjudged: [{pattern: Then, reason: a label}]")
    )
    out.write_text(edited, encoding="utf-8")
    text.write_text("The title\nIt took 4 s.\n", encoding="utf-8")
    sources.main([str(text), "--out", str(out)])
    (again,) = load_sources(out)
    assert (again.title, again.passages, again.uncovered[0].pattern) == ("Better", ["It took 4 s."], "3 s")
    assert again.unjudged[0].pattern == "Then"
    assert out.read_text("utf-8").startswith("# What this file is.\n- ")


def test_the_passages_that_are_kept_are_those_of_the_texts(tmp_path: Path):
    """Reading them once more changes nothing: what the command writes is what stands in the file."""
    out = tmp_path / "sources.yaml"
    out.write_bytes(sources.SOURCES.read_bytes())
    texts = [Path(TEXTS) / source.file for source in SOURCES] if TEXTS else [tmp_path / "another.txt"]
    (tmp_path / "another.txt").write_text("Another\n1\n", encoding="utf-8")
    sources.main([*map(str, texts), "--out", str(out)])
    assert load_sources(out)[: len(SOURCES)] == SOURCES
    if TEXTS:
        assert out.read_bytes() == sources.SOURCES.read_bytes()


@pytest.mark.parametrize("key", ["uncovered", "unjudged"])
def test_a_pattern_that_is_none_is_named_with_its_line(tmp_path: Path, key: str):
    path = tmp_path / "sources.yaml"
    source = f"file: a, title: A, sha256: '{SHA}', passages: ['1'], {key}: [{{pattern: '(', reason: none}}]"
    path.write_text(f"- {{{source}}}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"sources.yaml:\d+: .*pattern.*not a regular expression"):
        load_sources(path)
