"""The command line of the probes."""

import pytest
from runner import run_in


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["capabilites"], "invalid choice"),
        (["structures"], "structures needs --architectures"),
        (["formulas"], "No such file"),
    ],
)
def test_bad_input_is_refused(tmp_path, arguments, words):
    runtime = str(tmp_path / "missing.json")
    done = run_in("tf-2.10.0", "-m", "trials.probes", *arguments, str(tmp_path / "out.jsonl"), "--runtime", runtime)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "out.jsonl").exists()
