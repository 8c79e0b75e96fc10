"""Networks as a reader sees them: a row a layer, or two networks side by side with what differs marked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from study.networks.comparison import LINEAR, Comparison, Difference, Pair, causes
from study.networks.models import Layer, Network

CHOSEN, FOLLOWS, ALIKE = "≠", "⇒", ""
NOT_KNOWN = "unknown"
WORDS = {None: "", True: "yes", False: "no"}
LEGEND = f"{CHOSEN} differs   {FOLLOWS} follows from what differs here or before   (of one sample)"
# What is worth no word: a layer that is used once, and one that has no activation. An input is called by nothing.
USUAL: dict[str, tuple[object, ...]] = {"sharing": (0, 1), "activation": (LINEAR,)}


@dataclass(frozen=True)
class Line:
    """A property of two networks; `mark` says whether it differs, and whether somebody chose it or it follows."""

    mark: str
    name: str
    one: str
    other: str


@dataclass(frozen=True)
class Part:
    """Lines that belong together: those of a layer, of the initialisers, of the training."""

    title: str
    lines: Sequence[Line]


def text(value: Any) -> str:
    """Write a property: sizes with a multiplication sign, shapes without the size of the batch, nothing for None."""
    if isinstance(value, dict):  # an operation is shown by its type
        return value["op"] if "op" in value else ", ".join(f"{name} {text(each)}" for name, each in value.items())
    if isinstance(value, list):
        return (
            _sizes(value) if all(each is None or type(each) is int for each in value) else ", ".join(map(text, value))
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return WORDS[value] if value is None or isinstance(value, bool) else str(value)


def _sizes(sizes: list[int | None]) -> str:
    """Write a shape or sizes; of one sample, where the first is the open size of a batch."""
    if sizes == [None]:
        return "scalar"
    return "×".join(NOT_KNOWN if size is None else str(size) for size in sizes[sizes[:1] == [None] :])


def _number(number: int | None) -> str:
    return NOT_KNOWN if number is None else f"{number:,}"


def _lines(properties: dict[str, Any]) -> str:
    return "\n".join(f"{name} {text(value)}" for name, value in properties.items())


# The same for every API and version: what each says of a layer.
COLUMNS: dict[str, Callable[[Layer], str]] = {
    "layer": lambda layer: layer.path,
    "type": lambda layer: layer.type if layer.known else f"{layer.type} ({NOT_KNOWN})",
    "weights": lambda layer: _lines({weight.name: weight.shape for weight in layer.weights}),
    "parameters": lambda layer: _number(layer.n_parameters),
    "activation": lambda layer: text(layer.activation),
    "padding": lambda layer: text(layer.padding),
    "strides": lambda layer: text(layer.strides),
    "pool size": lambda layer: text(layer.pool_size),
    "other attributes": lambda layer: _lines(layer.attributes),
    "input shape": lambda layer: text(layer.input_shape) if layer.output_shape else NOT_KNOWN,
    "output shape": lambda layer: text(layer.output_shape) if layer.output_shape else NOT_KNOWN,
    "multiply-adds": lambda layer: _number(layer.multiply_adds),
    "activations, bytes": lambda layer: _number(layer.activation_bytes),
    "calls": lambda layer: str(layer.calls),
}
NUMBERS = ("parameters", "multiply-adds", "activations, bytes", "calls")


def totals(network: Network) -> dict[str, str]:
    """Totals of a network; multiply-adds and activations are those of one sample."""
    return {
        "parameters": _number(network.n_parameters),
        "multiply-adds": _number(network.multiply_adds),
        "activations, bytes": _number(network.activation_bytes),
        "fingerprint": network.fingerprint or NOT_KNOWN,
    }


def side_by_side(comparison: Comparison) -> list[Part]:
    """Lines of a comparison in the order in which a person asks: architecture, initialisers, training."""
    inputs = [_line(comparison.inputs)] if comparison.inputs else []
    layers = [Part(_title(pair), list(_layer(pair))) for pair in comparison.pairs]
    started = [
        Line(CHOSEN, f"{pair.one.path}: {each.name}", text(each.one), text(each.other))
        for pair in comparison.pairs
        for each in pair.initializers
        if pair.one
    ]
    rest = {"initializers": started, "training": [_line(each) for each in comparison.training]}
    return [
        *([Part("inputs", inputs)] if inputs else []),
        *layers,
        *(Part(title, lines) for title, lines in rest.items() if lines),
    ]


def _title(pair: Pair) -> str:
    return " / ".join(dict.fromkeys(layer.type for layer in (pair.one, pair.other) if layer))


def _layer(pair: Pair) -> Iterator[Line]:
    """Lines of a layer: its two names, what differs, what follows from that, and what is the same in both."""
    yield Line(
        ALIKE if pair.one and pair.other else CHOSEN,
        "layer",
        *(layer.path if layer else "–" for layer in (pair.one, pair.other)),
    )
    if pair.one and pair.other:
        yield from (_line(each) for each in pair.causes)
        yield from (_line(each, FOLLOWS) for each in pair.consequences)
        named = {each.name for each in pair.causes} | {"type", "dtype"}
        alike = {
            name: value
            for name, value in causes(pair.one).items()
            if name not in named and value not in USUAL.get(name, ())
        }
        if alike:
            yield Line(ALIKE, "alike", text(alike), text(alike))


def _line(difference: Difference, mark: str = CHOSEN) -> Line:
    return Line(mark, difference.name, text(difference.one), text(difference.other))
