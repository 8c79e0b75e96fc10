"""Where bits come from: what each setting, the API and the version change, each alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.analysis.factorial import Effect, Factorial, factor_name, factorials
from study.common.text import count, listed
from study.report.chapter import Chapter, ReportData
from study.report.embedded import EmbeddedFigure


@dataclass(frozen=True)
class OriginOfBits:
    """Every series that varies a setting, with statements about each of its factors, and the figures."""

    factorials: Sequence[tuple[Factorial, Mapping[str, Sequence[str]]]]
    figures: Sequence[EmbeddedFigure]


def _origin_of_bits(report: ReportData) -> OriginOfBits | None:
    found = [(each, statements(each)) for each in factorials(report.study.experiments, report.trials)]
    figures = [each for each in report.embedded.figures_of(None) if each.name.startswith("origin_of_bits")]
    return OriginOfBits(found, figures) if found else None


def statements(factorial: Factorial) -> dict[str, list[str]]:
    """Say of each factor, by its name, what it does; runtimes of which the same is true together."""
    found: dict[str, list[str]] = {}
    for factor in factorial.factors:
        where: dict[str, list[Effect]] = defaultdict(list)
        for effect in factorial.effects:
            if effect.factor == factor:
                where[effect.statement].append(effect)
        found[factor_name(factor)] = [f"{_places(effects)} {statement}." for statement, effects in where.items()]
    return {name: texts for name, texts in found.items() if texts}


def _places(effects: Sequence[Effect]) -> str:
    """Begin a sentence with where it holds and for how many pairs."""
    pairs = count(sum(len(effect.pairs) for effect in effects), "pair")
    if effects[0].factor == "runtime":
        return f"Between {'; '.join(effect.where for effect in effects)} ({pairs}) it"
    return f"On {listed([effect.where for effect in effects])} ({pairs}) it"


ORIGIN_OF_BITS = Chapter("origin-of-bits", "Where the bits come from", "origin_of_bits.html.j2", _origin_of_bits)
