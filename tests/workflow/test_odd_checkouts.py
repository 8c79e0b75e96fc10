"""The study works in whatever folder, as whatever user has it, or says why not before it begins. Real commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import Checkout
from disks import mounted
from odd import downloaded

from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.planning.plan import jobs

ODD = "my study's Übung [1], 100 % #2 $HOME"
REFUSED = 2  # by make


def copy(checkout: Checkout, root: Path) -> Checkout:
    """A copy of the project without history and environment."""
    shutil.copytree(checkout.root, root, ignore=shutil.ignore_patterns(".git", ".venv", "reference", "__pycache__"))
    return Checkout(root)


def with_environment(checkout: Checkout) -> Checkout:
    """Give a copy an environment as `make environment` does: the one that runs these tests."""
    environment = checkout.root / ".venv"
    environment.mkdir()
    for path in Path(sys.prefix).glob("[!r]*"):
        (environment / path.name).symlink_to(path)
    (environment / "ready").write_text(f"{checkout.root}\n", encoding="utf-8")
    return checkout


@pytest.fixture(scope="module")
def steps():
    """Two steps that need neither data nor network, and what one of them writes."""
    plan = next(iter(jobs(load_study(overrides={"scale": "smoke"}), list(load_runtimes())).items()))
    return [f"results/plans/{plan[0].path}.json", "results/probes/architectures.json"], plan[1].text()


def works(checkout: Checkout, steps, command: tuple[str, ...] = (), **changes: str) -> str:
    """Do two steps as a user would, which must come out as ever; gives what was said."""
    targets, plan = steps
    done = checkout.run(
        *command, "snakemake", "--cores", "1", "--config", "scale=smoke", "--forceall", "--", *targets, **changes
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert (checkout.root / targets[0]).read_text("utf-8") == plan
    return done.stdout


def test_a_downloaded_archive_in_a_folder_of_an_odd_name(checkout, steps, tmp_path):
    works(Checkout(downloaded(checkout, tmp_path / ODD)), steps)


@pytest.fixture(scope="module")
def odd(checkout, tmp_path_factory):
    return copy(checkout, tmp_path_factory.mktemp("odd") / ODD)


def test_reached_through_a_link(odd, steps, tmp_path):
    (tmp_path / "link").symlink_to(odd.root)
    works(Checkout(tmp_path / "link"), steps, PWD=str(tmp_path / "link"))


def test_by_a_user_whose_files_nobody_else_may_read(odd, steps):
    works(odd, steps, ("sh", "-c", 'umask 077; exec "$@"', "sh"))
    made = odd.root / steps[0][0]
    assert made.stat().st_mode & 0o077 == 0


def test_without_a_home(odd, steps):
    works(odd, steps, ("env", "--unset=HOME", "--unset=XDG_CACHE_HOME"))


def test_with_temporary_files_in_a_folder_with_a_space(odd, steps, tmp_path):
    (tmp_path / "of o'brien").mkdir()
    works(odd, steps, TMPDIR=str(tmp_path / "of o'brien"))


def test_with_temporary_files_where_nothing_may_be_run(odd, steps, tmp_path):
    with mounted(tmp_path / "noexec", "noexec") as folder:
        works(odd, steps, TMPDIR=str(folder))


def test_in_a_plain_narrow_terminal_without_colors(odd, steps):
    said = works(odd, steps, COLUMNS="40", NO_COLOR="1", TERM="dumb")
    assert "\x1b" not in said


def test_where_the_locale_knows_no_letters_but_ascii(odd, steps):
    works(odd, steps, LC_ALL="C", LANG="C")


@pytest.fixture(scope="module")
def turkish(tmp_path_factory):
    """Variables of a Turkish locale, in whose alphabet the i of other languages is another letter."""
    folder = tmp_path_factory.mktemp("locales")
    made = subprocess.run(
        ["localedef", "-i", "tr_TR", "-f", "UTF-8", str(folder / "tr_TR.UTF-8")], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("no Turkish locale can be made here: the package `locales` is missing")
    return {"LOCPATH": str(folder), "LC_ALL": "tr_TR.UTF-8"}


def test_in_turkish(odd, steps, turkish):
    works(odd, steps, **turkish)


def test_make_lists_all_that_it_does_in_turkish_too(odd, turkish):
    said = odd.run("make", "help", LC_ALL="C").stdout
    assert "verify" in said
    assert odd.run("make", "help", **turkish).stdout == said


def test_where_the_home_cannot_be_written_caches_are_kept_in_the_checkout(checkout, tmp_path):
    homeless = with_environment(copy(checkout, tmp_path / ODD))
    # Without what a `make test ARGS=…` would hand down.
    at = {"HOME": "/proc/nobody", "SCALE": "smoke", "ARGS": "--dry-run --quiet all", "MAKEFLAGS": ""}
    done = homeless.run("env", "--unset=XDG_CACHE_HOME", "make", "study", **at)
    assert done.returncode == 0, done.stdout[-3000:]
    assert list((homeless.root / ".cache").glob("snakemake*"))


def test_an_environment_that_was_moved_is_made_again(checkout, tmp_path):
    there = with_environment(copy(checkout, tmp_path / "here"))
    assert there.run("make", "--question", "environment").returncode == 0
    moved = Checkout(shutil.move(there.root, tmp_path / ODD))
    assert moved.run("make", "--question", "environment").returncode == 1


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("of {me}", ("make", "study")),
        ("c:", ("make", "study")),
        ("two\nlines", ("make", "study")),
        ("of {me}", ("snakemake", "--dry-run", "--cores", "1")),
    ],
)
def test_a_folder_that_no_tool_can_work_in_is_refused_before_anything_is_set_up(checkout, tmp_path, name, command):
    refused = copy(checkout, tmp_path / name)
    before = set(os.listdir(refused.root))
    done = refused.run(*command)
    assert done.returncode in {1, REFUSED}
    assert "the study cannot work in a folder " in done.stdout
    assert "Traceback" not in done.stdout
    assert set(os.listdir(refused.root)) - before <= {".snakemake"}
