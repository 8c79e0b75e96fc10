"""Says how far a job is."""

import sys
import time


class Progress:
    """One line an epoch, with the time that the job will still take.

    Parameters
    ----------
    trials : list of dict
        Planned trials that are to run.
    """

    def __init__(self, trials):
        self._total = sum(trial["n_epochs"] for trial in trials)
        self._done = 0
        self._seconds = 0  # of these epochs; of a resumed trial more than passed here
        self._started = time.monotonic()

    def epoch(self, trial, epoch):
        """Report an epoch that ended (called in the trial's own process)."""
        done = self._done + epoch["epoch"]
        self._seconds += epoch["seconds"]
        left = max(self._seconds, time.monotonic() - self._started) / done * (self._total - done)
        accuracies = [output["accuracy"] for output in epoch.get("outputs", [epoch])]
        line = "{}: epoch {}/{}: {:.2f} s, loss {:.4f}, accuracy {}; job ends in {}".format(
            name_of(trial),
            epoch["epoch"],
            trial["n_epochs"],
            epoch["seconds"],
            epoch["loss"],
            " and ".join(f"{accuracy:.4f}" for accuracy in accuracies),
            _duration(left),
        )
        print(line, file=sys.stderr, flush=True)

    def count(self, records):
        """Count trials that ended."""
        self._done += sum(record["n_epochs"] for record in records)
        self._seconds += sum(epoch["seconds"] for record in records for epoch in record["epochs"])

    def finish(self, record):
        """Count a trial that ended, and report it if it failed."""
        self.count([record])
        if record["status"] == "failed":
            as_expected = "as expected" if record["expect"] == "failed" else "UNEXPECTEDLY"
            text = f"{name_of(record)}: failed {as_expected}: {reason_of(record)}"
            print(text, file=sys.stderr, flush=True)


def name_of(trial):
    """A trial in words."""
    alternative = " ({})".format(trial["alternative"]) if "alternative" in trial else ""
    replicate = " again" if trial["replicate"] else ""
    return "{experiment} {series} {runtime} block {block}: {variant}".format(**trial) + alternative + replicate


def reason_of(record):
    """Why a trial failed, in one line."""
    lines = record["error"]["message"].strip().splitlines() or [""]
    return "{}: {}".format(record["error"]["type"], lines[0])


def _duration(seconds):
    minutes, seconds = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"
