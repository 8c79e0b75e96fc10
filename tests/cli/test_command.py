"""What all commands of `study` share: help, near matches for whatever is mistyped, and completion in real shells."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import PROJECT

from study.cli.command import BAD_INPUT
from study.cli.main import main
from study.cli.main import study as command
from study.cli.names import VALID
from study.cli.registry import COMMANDS

BIN = Path(sys.executable).parent


@pytest.fixture
def refused(capsys, monkeypatch):
    """Run a command that is to be refused; returns what it says."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["study", *arguments])
        with pytest.raises(SystemExit) as ended:
            command()
        said = capsys.readouterr()
        assert (ended.value.code, said.out) == (BAD_INPUT, "")
        return said.err

    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["statsu"], "study: No such command 'statsu'. Did you mean 'status'?"),
        (["status", "--jsn"], "study status: No such option '--jsn'. Did you mean '--json'?"),
        (["plan", "smok"], "study plan: Invalid value for 'SCALE': unknown scale 'smok': did you mean 'smoke'?"),
        (
            ["plan", "smoke", "--edition", "180"],
            "study plan: Invalid value for '--edition': unknown edition '180': did you mean '180px'?",
        ),
        (
            ["plan", "smoke", "--provider", "dcoker"],
            "study plan: Invalid value for '--provider': unknown provider 'dcoker': did you mean 'docker'?",
        ),
        (
            ["inspect", "mini_vgg", "--runtime", "tf-2.00.0"],
            "study inspect: Invalid value for '--runtime': unknown runtime 'tf-2.00.0': did you mean 'tf-2.0.0'?",
        ),
        (
            ["completion", "bsh"],
            "study completion: Invalid value for 'SHELL': unknown shell 'bsh': did you mean 'bash'?",
        ),
    ],
)
def test_whatever_is_mistyped_is_answered_with_the_nearest_name(refused, arguments, said):
    assert refused(*arguments) == said + "\n"


def test_without_a_command_it_lists_all(refused):
    said = refused()
    assert all(f"  {name} " in said for name in COMMANDS)


def test_every_module_is_a_command_that_is_registered():
    modules = {path.stem for path in (PROJECT / "src/study/cli/commands").glob("[!_]*.py")}
    assert modules == set(COMMANDS)


def test_the_help_fits_a_terminal_and_has_examples(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for arguments in ([], *([name] for name in COMMANDS if name != "completion")):
        main([*arguments, "--help"])
        said = capsys.readouterr().out
        assert "examples:\n    study " in said
        assert max(map(len, said.splitlines())) <= 80


# ---- completion ----


def _typed(shell, words):
    """A script that has a shell print what it would offer after `words`, as its own user sees it."""
    setup = f'eval "$(study completion {shell})"'
    return {
        "bash": f"""{setup}
COMP_WORDS=({" ".join(words[:-1])} "{words[-1]}"); COMP_CWORD={len(words) - 1}
_study_completion study; printf '%s\\n' "${{COMPREPLY[@]}}\"""",
        # What zsh's own completion would be given: its functions for matches are replaced by ones that print.
        "zsh": f"""compdef() {{ }}; {setup}
compadd() {{ shift $(( $# - 1 )); print -l -- ${{(P)1}} }}
_describe() {{ print -l -- ${{(P)3}} }}
words=({" ".join(words[:-1])} "{words[-1]}"); CURRENT={len(words)}; _study_completion""",
        "fish": f"study completion fish | source; complete --do-complete '{' '.join(words)}'",
    }[shell]


@pytest.mark.parametrize("shell", VALID["shell"]())
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["study", "st"], "status"),
        (["study", "plan", "sm"], "smoke"),
        (["study", "plan", "smoke", "--ed"], "--edition"),
        (["study", "plan", "smoke", "--edition", "18"], "180px"),
        (["study", "inspect", "mini_vgg/sub"], "mini_vgg/subclass"),
        (["study", "diff", "mini_vgg/subclass/same", "two_tow"], "two_tower"),
    ],
)
def test_shells_complete_commands_options_values_and_networks(shell, words, offered):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        [shell, "-c", _typed(shell, words)],
        cwd=PROJECT,
        env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    # zsh gets "name:description".
    assert offered in re.split(r"[\s:]", done.stdout), done.stdout + done.stderr


def test_outside_the_project_nothing_is_offered_and_nothing_breaks(tmp_path):
    done = subprocess.run(
        [BIN / "study"],
        cwd=tmp_path,
        env=os.environ | {"_STUDY_COMPLETE": "bash_complete", "COMP_WORDS": "study inspect mini", "COMP_CWORD": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")
