"""How long trials take, by records: the nearest ones tell, and other machines where the reference machine is silent."""

import pytest
from factories import make_trial

from study.planning.durations import durations
from study.records.jsonlines import write_json_lines


def reference(folder, **machines):
    durations.cache_clear()
    for name, trials in machines.items():
        (folder / name).mkdir()
        records = [trial.model_dump(mode="json", exclude_none=True) | trial.planned() for trial in trials]
        write_json_lines(folder / name / "trials.jsonl.gz", records)
    return durations(folder)


def planned(**changes):
    return make_trial(**changes).planned()


def trial(seconds=(6.0, 3.0, 3.0), **changes):
    return make_trial(
        seconds=seconds, accuracies=(0.9,) * len(seconds), trace_seconds=2.0, build_seconds=1.0, **changes
    )


def test_a_trial_of_another_size_takes_its_setup_and_its_samples(tmp_path):
    of = reference(tmp_path, here=[trial(n_train=60000)])
    assert of.of(planned(n_train=60000, n_epochs=10)) == pytest.approx(3 + 30)
    assert of.of(planned(n_train=6000, n_epochs=10)) == pytest.approx(3 + 3)


def test_the_trace_is_not_counted_twice_where_there_is_one_epoch(tmp_path):
    of = reference(tmp_path, here=[trial(seconds=(5.0,))])
    assert of.of(planned(n_epochs=1)) == pytest.approx(1 + 5)


def test_the_nearest_trials_tell(tmp_path):
    of = reference(
        tmp_path,
        here=[trial(), trial(seconds=(60.0, 30.0), alternative="other"), trial(seconds=(9.0, 6.0), series="timing")],
    )
    assert of.of(planned(n_epochs=1)) == pytest.approx(3 + 3)
    assert of.of(planned(n_epochs=1, series="timing")) == pytest.approx(3 + 6)
    assert of.of(planned(n_epochs=1, alternative="other", variant="functional")) == pytest.approx(3 + 30)


def test_what_is_known_of_another_experiment_is_a_guess(tmp_path):
    of = reference(tmp_path, here=[trial()])
    assert not of.guesses(planned())
    assert not of.guesses(planned(series="timing"))
    assert of.guesses(planned(experiment="another"))
    assert of.of(planned(experiment="another")) > 0


def test_another_machine_tells_of_trials_that_the_reference_lacks_at_the_references_speed(tmp_path):
    of = reference(
        tmp_path,
        more=[trial(), trial(runtime="tf-2.10.0"), trial(runtime="tf-1.15.0")],
        fast=[trial(seconds=(3.0, 1.5)), trial(seconds=(9.0, 6.0), alternative="other")],
    )
    assert of.machine == "more"
    assert of.of(planned(n_epochs=1, alternative="other")) == pytest.approx(3 + 12)


def test_how_far_machines_are_from_one_factor_is_measured(tmp_path):
    runtimes = ["tf-1.15.0", "tf-2.0.0", "tf-2.10.0", "tf-2.21.0"]
    of = reference(
        tmp_path,
        more=[*(trial(runtime=name) for name in runtimes), trial(alternative="one"), trial(alternative="two")],
        other=[
            trial(seconds=(9.0, seconds), runtime=name) for name, seconds in zip(runtimes, (1, 2, 4, 8), strict=True)
        ],
    )
    low, high = of.spread
    assert low < 1 < high


def test_without_records_nothing_is_known(tmp_path):
    of = reference(tmp_path)
    assert (of.of(planned()), of.guesses(planned()), of.spread) == (0.0, True, (1.0, 1.0))


def test_of_every_experiment_that_ran_something_is_committed(ran):
    durations.cache_clear()
    assert ran["experiments"]
    assert ran["experiments"] <= set(durations().samples[-2])
