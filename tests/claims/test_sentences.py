"""Every sentence of a source is quoted by a claim or said to state nothing that could be judged."""

import re
from pathlib import Path

import pytest
from factories import make_claim
from hypothesis import given
from hypothesis import strategies as st
from texts import TEXTS, made_of, text_of

from study.claims import sentences
from study.claims.files import load_claims
from study.claims.models import Claim
from study.claims.sentences import WORD, idle, left_over, sentences_of
from study.claims.sources import Source, load_sources
from study.config.validation import ConfigError

CLAIMS = load_claims()
SOURCES = load_sources()
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.file)
SOURCE = made_of()
STATEMENTS = [
    "Functional models train faster than Sequential ones.",
    "The Sequential API shares layers, if you ask it to.",
    "In our tests the Functional API was faster.",
    "For large networks Subclassing is best.",
    "It works: so does the other one.",
    "we find no difference",
]


def quoting(quote: str) -> Claim:
    """Make a claim that quotes the made-up source."""
    return make_claim("fails", source="a source", quote=quote)


@each_source
def test_no_sentence_of_a_source_is_left_over(source: Source):
    assert left_over(source, text_of(source), CLAIMS) == []


@each_source
def test_no_pattern_is_idle(source: Source):
    """Of the passages alone, only a pattern that fits one of their sentences can be asked."""
    text = text_of(source)
    asked = {
        entry.pattern
        for entry in source.unjudged
        if TEXTS or any(re.fullmatch(entry.pattern, sentence) for sentence in sentences_of(text))
    }
    assert asked.intersection(idle(source, text, CLAIMS)) == set()


@each_source
def test_without_its_claims_a_source_has_sentences_left_over(source: Source):
    others = [claim for claim in CLAIMS if claim.source != source.file]
    assert left_over(source, text_of(source), others)


@each_source
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_new_statement_is_reported(source: Source, statement: str):
    lines = text_of(source).splitlines()
    middle = len(lines) // 2
    text = "\n".join([*lines[:middle], statement, *lines[middle:]])
    assert left_over(source, text, CLAIMS) == sentences_of(statement)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One is. Two are! “Three”? Four: Five", ["One is.", "Two are!", "“Three”?", "Four:", "Five"]),
        ("It goes on\nin another  line.", ["It goes on", "in another line."]),
        ("on 2.0.0 e.g. with tf.keras for a Ph.D. or so", ["on 2.0.0 e.g. with tf.keras for a Ph.D. or so"]),
        ("  • Overview: It is fast", ["Overview:", "It is fast"]),
        ("1. The end", ["The end"]),
        ("'image': Image(shape=(None, 3)),", ["'image': Image(shape=(None, 3)),"]),
        ("x = 1\n])\n\n", []),
    ],
)
def test_a_text_is_split_where_a_sentence_ends_and_at_the_end_of_a_line(text: str, expected: list[str]):
    assert sentences_of(text) == expected


@given(st.text(alphabet="abCD1 .:?•–'“\n", max_size=80))
def test_no_word_of_a_text_is_in_no_sentence(text: str):
    assert [word for sentence in sentences_of(text) for word in WORD.findall(sentence)] == WORD.findall(text)


def test_a_sentence_is_quoted_where_a_part_of_it_is():
    text = "Models train. They train fast: Very fast. That is all."
    assert left_over(SOURCE, text, [quoting("train fast: Very … all")]) == ["Models train."]
    assert left_over(SOURCE, text, [quoting("Models train. … That is all.")]) == ["They train fast:", "Very fast."]


def test_a_quote_may_go_on_after_an_empty_line():
    assert left_over(SOURCE, "Models train\n\nfast. That is all.", [quoting("train fast.")]) == ["That is all."]


def test_a_claim_quotes_its_own_source_alone():
    assert left_over(SOURCE, "Models train.", [make_claim("fails", source="another", quote="Models train")])


def test_parts_of_a_quote_are_sought_in_order():
    text = "Models train. They stop. Models train."
    assert left_over(SOURCE, text, [quoting("They stop … Models train")]) == ["Models train."]


def test_a_quote_without_one_of_its_numbers_quotes_nothing():
    assert left_over(SOURCE, "They took 3 s.", [quoting("They took … 4 s")]) == ["They took 3 s."]


def test_a_part_without_a_number_may_be_in_a_line_that_is_not_kept():
    assert left_over(SOURCE, "They took 3 s.", [quoting("Models train … took 3 s")]) == []


def test_a_curve_quotes_every_line_that_prints_it():
    log = "Log:\n9/9 - loss: 3.0\n9/9 - loss: 2.0\n9/9 - loss: 1.0"
    claim = make_claim("curve", source="a source", quote="loss: 3.0", metric="loss", published=[3.0, 2.0], margin=0.1)
    assert left_over(SOURCE, log, [claim]) == ["Log:", "9/9 - loss: 1.0"]


def test_what_states_nothing_is_explained_as_a_whole():
    source = made_of(unjudged=[{"pattern": "Then:?|Now .*", "reason": "A label."}])
    assert left_over(source, "Then:\nThen it trains.\nNow it trains.", []) == ["Then it trains."]


def test_a_pattern_is_idle_where_each_of_its_sentences_is_quoted_or_explained_by_another():
    source = made_of(unjudged=[{"pattern": pattern, "reason": "A label."} for pattern in ("Then:", "[A-Z]hen:")])
    assert idle(source, "Then:\nWhen:", []) == ["Then:"]
    assert idle(source, "Then:\nWhen:", [quoting("When:")]) == ["Then:", "[A-Z]hen:"]


def test_the_command_lists_what_is_left_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    text = tmp_path / SOURCES[0].file
    text.write_text("\n".join([*SOURCES[0].passages, "Models train."]), encoding="utf-8")
    assert sentences.main([str(text)]) == 1
    assert capsys.readouterr().out == f"{text.name}: Models train.\n"
    text.write_text("\n".join(SOURCES[0].passages), encoding="utf-8")
    assert sentences.main([str(text)]) == 0
    assert capsys.readouterr().out == ""


def test_the_command_refuses_a_text_of_no_source(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"sources.yaml has no 'new.txt': python -m study.claims.sources \S+new.txt"):
        sentences.main([str(tmp_path / "new.txt")])
