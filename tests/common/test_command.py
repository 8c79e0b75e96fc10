"""How a command ends: its own status, words instead of a traceback, and quietly when it is interrupted."""

import ast
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from study.common.command import run
from study.common.errors import StudyError, about

SOURCES = Path(__file__).parents[2] / "src" / "study"
# It finds the interpreter before there is an environment, with the standard library alone.
ALONE = SOURCES / "runtimes" / "interpreters.py"
# A shell starts what runs in its background deaf to Ctrl-C, and with it these tests and what they start.
WAITS = """
import signal, time
from study.common.command import run
signal.signal(signal.SIGINT, signal.default_int_handler)
run(lambda: print("here", flush=True) or time.sleep(60))
"""


def refuse():
    with about("mnist"):
        raise StudyError("no such file")


@pytest.mark.parametrize(("main", "status"), [(lambda: None, None), (lambda: 0, 0), (lambda: 3, 3)])
def test_the_status_is_what_main_returns(main, status, capsys):
    with pytest.raises(SystemExit) as ended:
        run(main)
    assert ended.value.code == status
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("options", "status"), [({}, 1), ({"failed": 2}, 2)])
def test_a_mistake_is_said_in_words_and_what_it_is_about_comes_first(options, status, capsys):
    with pytest.raises(SystemExit) as ended:
        run(refuse, **options)
    assert ended.value.code == status
    assert capsys.readouterr() == ("", "mnist: no such file\n")


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 // 0)


def test_ctrl_c_ends_a_command_quietly():
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"")


def test_every_module_that_is_a_command_ends_so():
    texts = {path: path.read_text("utf-8") for path in SOURCES.rglob("*.py") if path != ALONE}
    ends = {path: text.partition('if __name__ == "__main__":\n')[2].strip() for path, text in texts.items()}
    commands = {path: end for path, end in ends.items() if end}
    assert len(commands) > 20
    assert set(commands.values()) == {"run(main)", "command.run(main)", "study()"}


def test_no_main_catches_what_is_to_be_said():
    mains = [
        function
        for path in SOURCES.rglob("*.py")
        for function in ast.parse(path.read_text("utf-8")).body
        if isinstance(function, ast.FunctionDef) and function.name == "main"
    ]
    assert len(mains) > 20
    handlers = [node for main in mains for node in ast.walk(main) if isinstance(node, ast.ExceptHandler)]
    assert not [handler.lineno for handler in handlers if not isinstance(handler.body[-1], ast.Raise)]
