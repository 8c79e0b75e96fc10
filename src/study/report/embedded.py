"""What the report takes over as it is: figures, sample images and executed notebooks, as parts of an HTML page."""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import nbformat
from markupsafe import Markup
from nbconvert import HTMLExporter

IDS = re.compile(r'(<\w+[^>]*?) id="[^"]*"')
ANCHOR = re.compile(r'<a class="anchor-link"[^>]*>.*?</a>')
# Where an SVG file names a part of itself, and where it refers to one.
SVG_ID = re.compile(r'(\bid="|url\(#|href="#)')


@dataclass(frozen=True)
class EmbeddedFigure:
    """A figure or image as HTML, with its title and what it shows in words; `about` is an experiment or a dataset."""

    about: str | None
    name: str
    title: str
    caption: str
    html: Markup


@dataclass(frozen=True)
class Embedded:
    """Figures in the order of display, samples of each dataset, and each experiment's notebook as HTML.

    `samples_folder` holds the samples, and what else the page shows of images.
    """

    figures: Sequence[EmbeddedFigure] = ()
    samples: Sequence[EmbeddedFigure] = ()
    notebooks: dict[str, Markup] = field(default_factory=dict)
    samples_folder: Path = Path()

    def figures_of(self, experiment: str | None) -> list[EmbeddedFigure]:
        """Figures of one experiment; of None those that are of all."""
        return [figure for figure in self.figures if figure.about == experiment]


def read_embedded(figures: Path, samples: Path, notebooks: Path) -> Embedded:
    """Read what `study.figures`, `study.figures.samples` and `study.report.notebooks` left in their folders."""
    return Embedded(
        [_figure(figures, number, entry) for number, entry in enumerate(_listed(figures / "figures.json"), start=1)],
        [_sample(samples, entry) for entry in _listed(samples / "samples.json")],
        {path.stem: _notebook(path) for path in sorted(notebooks.glob("*.ipynb"))},
        samples,
    )


def _listed(path: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return entries


def _figure(folder: Path, number: int, entry: dict[str, Any]) -> EmbeddedFigure:
    text = (folder / entry["file"]).read_text(encoding="utf-8")
    # Many drawings share a page: each needs names of its own.
    svg = SVG_ID.sub(rf"\g<1>f{number}-", text[text.index("<svg") :])
    return EmbeddedFigure(entry["experiment"], entry["name"], entry["title"], entry["caption"], Markup(svg))  # noqa: S704


def _sample(folder: Path, entry: dict[str, Any]) -> EmbeddedFigure:
    content = base64.b64encode((folder / entry["file"]).read_bytes()).decode()
    kind, _ = guess_type(entry["file"])
    image = Markup('<img src="data:{};base64,{}" alt="{}">').format(kind, content, entry["caption"])
    return EmbeddedFigure(entry["dataset"], entry["dataset"], entry["title"], entry["caption"], image)


def _notebook(path: Path) -> Markup:
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True)
    page, _ = exporter.from_notebook_node(nbformat.read(path, as_version=4))
    # The same headings stand in every experiment's notebook: none can have a name of its own.
    return Markup(ANCHOR.sub("", IDS.sub(r"\1", page)))  # noqa: S704  our own notebook
