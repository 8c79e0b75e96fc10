"""A figure has the same bytes on every machine."""

import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
from fontTools.ttLib import TTFont

DRAW = """
import sys
from study.figures.style import panels
figure, (axes,) = panels(1)
axes.plot([1, 10], label="a longer label")
figure.legend(loc="outside upper center")
figure.savefig(sys.argv[1], metadata={"Date": None})
"""
FAMILY, STYLE, FULL_NAME = 1, 2, 4


def drawn(home):
    """Draw a figure as a user with this home and Matplotlib's settings in it."""
    out = home / "figure.svg"
    settings = {"HOME": str(home), "MPLCONFIGDIR": str(home), "MATPLOTLIBRC": str(home), "PYTHONPATH": "src"}
    subprocess.run([sys.executable, "-c", DRAW, out], env=os.environ | settings, check=True)
    return out.read_bytes()


def test_fonts_and_settings_of_a_user_change_no_figure(tmp_path):
    plain, own = tmp_path / "plain", tmp_path / "own"
    plain.mkdir()
    (own / ".fonts").mkdir(parents=True)
    (own / "matplotlibrc").write_text("axes.linewidth: 3\nsavefig.dpi: 50\nfigure.facecolor: red\n", encoding="utf-8")
    # A font as many a machine has it, under the first name that figures ask for; its letters are wider.
    font = TTFont(Path(mpl.get_data_path(), "fonts/ttf/DejaVuSansMono.ttf"))
    for name in font["name"].names:
        name.string = {FAMILY: "Arial", STYLE: "Regular", FULL_NAME: "Arial"}.get(name.nameID, str(name))
    font.save(own / ".fonts/Arial.ttf")
    assert drawn(own) == drawn(plain)
