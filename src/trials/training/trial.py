"""One trial: set the process up, train, test, and say what came of it."""

import importlib
import resource
import time

from trials.training import data, errors, settings
from trials.training.checkpoints import Checkpoints


def run(planned, data_folder, on_epoch, checkpoints_folder=None):
    """Run a planned trial in this process.

    Parameters
    ----------
    planned : dict
        One of the plan's trials.
    data_folder : str
        Folder of the prepared datasets.
    on_epoch : callable
        Given each epoch's dict as it ends, outside of what is timed.
    checkpoints_folder : str or None
        Where a trial that keeps checkpoints, by its plan, has them. They stay there when it ends.

    Returns
    -------
    dict
        Outcome fields of the trial record. A trial that raises is `failed`, with its traceback and the epochs
        that it finished.
    """
    outcome = {"status": "completed", "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "epochs": []}

    def keep(epoch):
        outcome["epochs"].append(epoch)
        on_epoch(epoch)

    try:
        outcome["applied"] = settings.apply(planned)
        held = data.Data(data.read(data_folder, planned["dataset"], planned.get("edition")), planned)
        n_train = data.length(held.train[0])
        if n_train < planned["n_train"]:
            outcome["n_train_available"] = n_train
            planned = dict(planned, n_train=n_train)
        module = importlib.import_module("trials.experiments." + planned["experiment"])
        kept = {"checkpoints": Checkpoints(checkpoints_folder)} if planned.get("checkpoints") else {}
        trained = module.VARIANTS[planned["variant"]](planned, held, keep, **kept)
        outcome["applied"].update(trained.pop("applied"))
        outcome.update(trained)
    except Exception as error:
        outcome.setdefault("applied", {})
        outcome.update(status="failed", error=errors.described(error))
    outcome["peak_memory_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return outcome
