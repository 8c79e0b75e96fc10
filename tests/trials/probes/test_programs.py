"""What each training step becomes, as every runtime showed it."""

from typing import get_args

from study.claims.vocabulary import Api
from study.config.runtimes import load_runtimes
from study.config.study import load_study

RUNTIMES = load_runtimes()


def test_every_training_step_is_traced_and_the_apis_compile_to_the_same(probed, refusing_len):
    study, programs = load_study(), {(cell.subject, cell.variant, cell.runtime): cell for cell in probed["programs"]}
    assert set(programs) == {
        (e, v, r) for e, said in study.experiments.items() for v in said.variants for r in RUNTIMES
    }
    failed = [place for place, cell in programs.items() if cell.status == "fails"]
    assert failed == [("softmax_regression", "subclass_tape_verbatim", runtime) for runtime in refusing_len]
    for name, runtime in {(e, r) for e, _, r in programs}:
        values = [programs[name, api, runtime].values for api in get_args(Api) if (name, api, runtime) in programs]
        assert all(each == values[0] for each in values), (name, runtime)
