"""What a job says while it runs."""

from trials.progress import Progress

TRIAL = {
    **{"experiment": "mini_vgg", "series": "accuracy", "runtime": "tf-2.21.0", "block": 1},
    **{"variant": "sequential", "replicate": 0, "n_epochs": 10},
}


def test_epochs_of_a_resumed_trial_count_with_the_time_that_they_took(capsys):
    """They come in no time from its checkpoint; those that are left do not."""
    progress = Progress([TRIAL])
    for number in range(1, 10):
        progress.epoch(TRIAL, {"epoch": number, "seconds": 60, "loss": 0.5, "accuracy": 0.75})
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith("epoch 9/10: 60.00 s, loss 0.5000, accuracy 0.7500; job ends in 0:01:00")
