"""Words and numbers in sentences."""

from study.common import text


def test_names_keep_their_letters_at_the_beginning_of_a_sentence():
    assert text.sentence("several inputs: Keras says No") == "Several inputs: Keras says No"
    assert text.sentence("") == ""


def test_a_list_in_a_sentence():
    assert [text.listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_small_numbers_are_words():
    assert [text.count(number, "run") for number in (0, 1, 10, 11)] == ["no runs", "one run", "ten runs", "11 runs"]
