"""Which edition of a dataset a study uses, and that plans and fetching know it."""

import hashlib

import pytest

from study.common.errors import StudyError
from study.config.datasets import DataFile, Dataset, load_datasets
from study.config.editions import choose, editions, names, reasons
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.config.validation import ConfigError
from study.data.fetch import fetch
from study.planning.plan import jobs
from study.records.models import PlannedTrial

ARCHIVES = {"original": "original.zip", "180px": "small.zip"}
PETS = load_datasets()["cats_vs_dogs"]
SMALL = PETS.editions["180px"]


@pytest.mark.parametrize(
    ("asked", "held", "chosen", "said"),
    [
        (None, None, "original", False),
        (None, set(), "original", False),
        (None, {"small.zip"}, "180px", True),
        (None, {"small.zip", "original.zip"}, "original", False),
        (None, {"another.zip"}, "original", False),
        ("original", {"small.zip"}, "original", False),
        ("180px", None, "180px", False),
        ("180px", {"original.zip"}, "180px", False),
    ],
)
def test_the_published_edition_is_used_unless_another_is_asked_for_or_all_there_is(asked, held, chosen, said):
    edition = choose(ARCHIVES, asked, held)
    assert (edition.name, edition.archive) == (chosen, ARCHIVES[chosen])
    assert (edition.why is not None) == said


def test_a_makeshift_is_said_with_the_way_out(tmp_path):
    (tmp_path / "cats-vs-dogs").mkdir()
    (tmp_path / "cats-vs-dogs" / SMALL).touch()
    chosen = editions(load_datasets(), None, str(tmp_path))
    assert names(chosen) == {"cats_vs_dogs": "180px"}
    assert reasons(chosen) == [
        "cats_vs_dogs: edition 180px, as the mirror holds no kagglecatsanddogs_5340.zip; "
        "another: --config edition=original"
    ]


@pytest.mark.parametrize("mirror", [None, "", "https://example.org/data", "/no/such/folder"])
def test_what_a_mirror_holds_that_is_no_folder_is_not_guessed(mirror):
    assert names(editions(load_datasets(), None, mirror)) == {"cats_vs_dogs": "original"}


def test_an_edition_on_the_command_line_is_checked():
    assert load_study(overrides={"edition": "180px"}).edition == "180px"
    with pytest.raises(ConfigError, match=r"^--config: edition: '180' is not known; did you mean '180px'\?"):
        load_study(overrides={"edition": "180"})


def test_an_edition_without_its_file_is_a_mistake():
    with pytest.raises(ValueError, match=r"no file 'small.zip': valid: large.zip"):
        Dataset(**ABOUT, mirrors=["https://example.org"], files={"large.zip": FILE}, editions={"180px": "small.zip"})


ABOUT = {"title": "Pets", "homepage": "https://example.org", "license": "CC0"}
FILE = DataFile(bytes=1, sha256="0" * 64)


# Plans


def planned(edition: str) -> PlannedTrial:
    study = load_study(overrides={"scale": "smoke"})
    (plan, *_) = jobs(study, list(load_runtimes()), {"mnist": edition}).values()
    return plan.trials[0]


def test_a_plan_says_the_edition_of_its_dataset_and_other_plans_stay_as_they_are():
    (plan, *_) = jobs(load_study(overrides={"scale": "smoke"}), list(load_runtimes()), {"pets": "180px"}).values()
    assert "edition" not in plan.trials[0].planned()
    assert planned("180px").planned()["edition"] == "180px"
    assert planned("180px").sha256() != planned("original").sha256()


# Fetching


def test_the_mirror_has_its_own_name_for_the_folder(tmp_path):
    content = b"pets"
    held = tmp_path / "mirror" / "pets-of-others" / "pets.zip"
    held.parent.mkdir(parents=True)
    held.write_bytes(content)
    file = DataFile(bytes=4, sha256=hashlib.sha256(content).hexdigest())
    pets = Dataset(**ABOUT, mirrors=["http://127.0.0.1:9"], mirror_folder="pets-of-others", files={"pets.zip": file})
    fetch("pets", pets, "pets.zip", tmp_path / "pets.zip", str(tmp_path / "mirror"))
    assert (tmp_path / "pets.zip").read_bytes() == content


@pytest.mark.parametrize("mirror", [None, "/no/such/folder"])
def test_a_file_that_is_not_public_is_asked_of_no_public_place_and_the_way_out_is_said(tmp_path, mirror):
    with pytest.raises(StudyError) as raised:
        fetch("cats_vs_dogs", PETS, SMALL, tmp_path / SMALL, mirror)
    message = str(raised.value)
    assert message.startswith(f"cats-vs-dogs/{SMALL} could not be fetched.")
    assert "no public place has it, only a mirror of your own" in message
    assert "set STUDY_DATA_MIRROR to a folder" in message
    assert "--config edition=original" in message
    assert "microsoft" not in message
