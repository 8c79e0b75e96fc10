"""Observations are checked line by line; the file of all of them depends on the observations alone."""

import json
import random

import pytest
from factories import make_observation

from study.common.errors import StudyError
from study.records import observations as observed
from study.records.observations import read_observations


def line(observation) -> str:
    return json.dumps(observation.model_dump(mode="json", exclude_unset=True), sort_keys=True) + "\n"


def write(path, seen):
    path.write_text("".join(map(line, seen)), encoding="utf-8")
    return path


@pytest.fixture
def seen():
    return [
        make_observation("structures", "mnist", values={"n_train": 60000}),
        make_observation("formulas", "graph", variant="functional", runtime="tf-2.10.0"),
        make_observation("formulas", "graph", variant="functional", values={"largest_relative_difference": 1e-15}),
        make_observation(
            "capabilities", "branches", variant="sequential", error="ValueError: no\u2028such thing\nmore"
        ),
        make_observation("capabilities", "branches", variant="functional", status="works after", remedy="a call"),
    ]


def test_all_files_make_one_in_an_order_that_depends_on_the_observations_alone(seen, tmp_path):
    first, again = tmp_path / "first.jsonl.gz", tmp_path / "again.jsonl.gz"
    observed.main([str(write(tmp_path / "all.jsonl", seen)), "--out", str(first)])
    shuffled = random.Random(1).sample(seen, len(seen))
    parts = [write(tmp_path / "a.jsonl", shuffled[:2]), write(tmp_path / "b.jsonl", shuffled[2:])]
    observed.main([*map(str, parts), "--out", str(again)])
    assert first.read_bytes() == again.read_bytes()
    found = read_observations(first)
    assert [(o.probe, o.subject, o.variant, o.runtime) for o in found] == [
        ("capabilities", "branches", "functional", "tf-2.0.0"),
        ("capabilities", "branches", "sequential", "tf-2.0.0"),
        ("formulas", "graph", "functional", "tf-2.0.0"),
        ("formulas", "graph", "functional", "tf-2.10.0"),
        ("structures", "mnist", None, "tf-2.0.0"),
    ]
    assert sorted(map(line, found)) == sorted(map(line, seen))


def test_what_was_observed_twice_is_refused_with_both_places(seen, tmp_path):
    one, other = write(tmp_path / "a.jsonl", seen), write(tmp_path / "b.jsonl", [seen[0], seen[1]])
    out = tmp_path / "out.jsonl.gz"
    with pytest.raises(StudyError, match=f"{other}:1: the same observation as {one}:1: structures, mnist, tf-2.0.0"):
        observed.main([str(one), str(other), "--out", str(out)])
    assert not out.exists()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda record: record | {"status": "work"}, "status: 'work' is not known; did you mean 'works'?"),
        (lambda record: record | {"probe": "formula"}, "did you mean 'formulas'?"),
        (lambda record: record | {"varient": "x"}, "varient: unknown key; did you mean 'variant'?"),
    ],
)
def test_a_bad_observation_is_named_and_nothing_is_written(seen, tmp_path, spoil, words):
    path, out = tmp_path / "bad.jsonl", tmp_path / "out.jsonl.gz"
    lines = [line(seen[1]), json.dumps(spoil(json.loads(line(seen[2])))) + "\n"]
    path.write_text("".join(lines), encoding="utf-8")
    with pytest.raises(StudyError) as raised:
        observed.main([str(path), "--out", str(out)])
    assert f"{path}:2: " in str(raised.value)
    assert words in str(raised.value)
    assert not out.exists()
