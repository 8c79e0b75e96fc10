"""A folder in which a tool of the study cannot work is refused, in one sentence that names it."""

from pathlib import Path

import pytest

from study.common.errors import StudyError
from study.common.location import refuse_unusable


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/home/{me}", r"^/home/\{me\}: the study cannot work in a folder with \{\} in its path: Snakemake takes"),
        ("/home/me}", r"^/home/me\}: the study cannot work in a folder with \} in its path: Snakemake takes"),
        ("/mnt/c:/me", "^/mnt/c:/me: the study cannot work in a folder with : in its path: PATH, which must lead to"),
        ("/home/two\nlines", r"^'/home/two\\nlines': the study cannot work in a folder whose path is not a line"),
        (
            "/home/latin-1 \udcfc",
            r"^'/home/latin-1 \\udcfc': the study cannot work in a folder whose path is not a line",
        ),
    ],
)
def test_what_no_tool_can_take_is_named(path, words):
    with pytest.raises(StudyError, match=words) as refused:
        refuse_unusable(Path("/"), Path(path))
    assert str(refused.value).endswith(". Move or rename it, then run the same command again.")


def test_whatever_else_a_folder_is_called_is_fine():
    refuse_unusable(Path("/home/o'brien/Übung [1] 100% #2 $HOME ~ a=b, (c); \\ \" * ? & 研究 🙂"))
