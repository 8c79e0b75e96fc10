"""Which version printed a source's log: what some versions print and others do not."""

from factories import make_claim, make_observation, make_trial
from pages import FIRST, RUNTIME, SECOND, page_of, section, words

COUNTS, NAMES = "log_counts_samples", "log_names_accuracy"


def dating(subject, source=SECOND):
    return make_claim("behaviour", id=subject.replace("_", "-"), source=source, subject=subject, dates=True)


def shown(subject, runtime, error=None):
    return make_observation("behaviours", subject, runtime=runtime, error=error)


OBSERVED = [
    shown(COUNTS, "tf-1.15.0"),
    shown(COUNTS, "tf-2.0.0"),
    shown(COUNTS, "tf-2.10.0", "WrongResultError: no line says how many"),
    shown(NAMES, "tf-1.15.0", "WrongResultError: the log calls it acc"),
    shown(NAMES, "tf-2.0.0"),
    shown(NAMES, "tf-2.10.0"),
]


def multi_output(apart, runtime, n_train=22000):
    """A trial whose printed loss is so far from the sum of its outputs' losses, after each of two epochs."""
    outputs = [{"loss": [0.5, 0.4]}, {"loss": [0.3, 0.2]}]
    curves = {"loss": [0.8 + apart, 0.6 + apart]}
    return make_trial(outputs=outputs, curves=curves, runtime=runtime, n_train=n_train, environment=RUNTIME)


def test_only_what_fits_every_sign_may_have_printed_the_log():
    page = page_of([dating(COUNTS), dating(NAMES)], observations=OBSERVED)
    chapter = words(section(page, "versions"))
    assert "log counts samples so so no line says how many" in chapter
    assert "log names accuracy the log calls it acc so so" in chapter
    assert "What was looked for fits tf-2.0.0." in chapter


def test_where_nothing_fits_it_is_said():
    only = [each for each in OBSERVED if each.runtime != "tf-2.0.0"]
    page = page_of([dating(COUNTS), dating(NAMES)], observations=only)
    assert "None of these prints all of it." in words(section(page, "versions"))


def test_a_source_that_names_its_version_is_quoted():
    page = page_of([dating(COUNTS, source=FIRST), dating(NAMES)], observations=OBSERVED)
    assert "It names its version: “TensorFlow version 1.15.0 and 2.0.0”." in words(section(page, "version-000"))


def test_losses_that_are_not_the_sum_tell_the_version_too():
    claim = make_claim(
        "sum", id="off", source=SECOND, metric="loss", epoch=1, terms=[0.5, 0.3], published=0.8006, resolution=0.0001
    )
    trials = [multi_output(0.001, "tf-2.0.0"), multi_output(0, "tf-2.10.0")]
    page = page_of([claim], trials=trials)
    chapter = words(section(page, "versions"))
    row = "1 of 1 printed losses are not the sum of the outputs', beyond rounding 2 of 2 epochs 0 of 2 epochs"
    assert row in chapter
    assert "What was looked for fits tf-2.0.0." in chapter


def test_runs_whose_batches_are_all_full_tell_nothing_of_sums():
    claim = make_claim(
        "sum", source=SECOND, metric="loss", epoch=1, terms=[0.5, 0.3], published=0.8006, resolution=0.0001
    )
    assert 'id="versions"' not in page_of([claim], trials=[multi_output(0, "tf-2.0.0", n_train=256)])


def test_without_signs_there_is_no_chapter():
    assert 'id="versions"' not in page_of()
