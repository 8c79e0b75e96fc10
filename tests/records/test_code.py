"""The driver names the code of a trial as the runner does."""

import pytest

from study.config.study import load_study
from study.records.code import trial_code_sha256
from trials import code


@pytest.mark.parametrize("experiment", load_study().experiments)
def test_the_hash_is_the_runners(experiment):
    assert trial_code_sha256(experiment) == code.sha256("trial", experiment)
