"""Refuses a checkout that lies where its tools cannot work. Standard library only: nothing is set up before."""

from pathlib import Path

from study.common.errors import StudyError

# Characters that the path of no checkout has, and who cannot take them.
UNUSABLE = {
    "{}": "Snakemake takes what stands in braces for the name of a variable",
    ":": "PATH, which must lead to the programs in it, would end there",
}
MOVE = "Move or rename it, then run the same command again."


def refuse_unusable(*folders: Path) -> None:
    """Raise a StudyError if the path of one of these folders has a character that a tool of the study cannot take."""
    for path in map(str, folders):
        for characters, reason in UNUSABLE.items():
            if found := "".join(each for each in characters if each in path):
                raise StudyError(
                    f"{path}: the study cannot work in a folder with {found} in its path: {reason}. {MOVE}"
                )
        if "\n" in path or path.encode(errors="ignore").decode() != path:
            raise StudyError(f"{path!a}: the study cannot work in a folder whose path is not a line of text. {MOVE}")
