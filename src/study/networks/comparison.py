"""Compares what two networks are made of: layer by layer, how they are started, and how they are trained."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from study.common.text import listed
from study.config.study import Experiment
from study.networks.alignment import aligned, mirrored, unrolled
from study.networks.models import Layer, Network, Properties, Shape

PLACEHOLDER = "InputLayer"
LINEAR = "linear"
FOREIGN = 3
# Names that end like a plural and are none.
SINGULAR = ("axis", "use_bias")


@dataclass(frozen=True)
class Difference:
    """A property that two networks, or two layers, do not share; `name` is Keras' own where it has one."""

    name: str
    one: Any
    other: Any


@dataclass(frozen=True)
class Pair:
    """Two layers side by side, or one that has no counterpart.

    `causes` are differences that somebody chose; `consequences` follow from these, or from those of another layer.
    """

    one: Layer | None
    other: Layer | None
    causes: Sequence[Difference] = ()
    consequences: Sequence[Difference] = ()
    initializers: Sequence[Difference] = ()


@dataclass(frozen=True)
class Comparison:
    """Two networks side by side. Whether they are the same one is for their fingerprints to say."""

    same: bool
    pairs: Sequence[Pair]
    inputs: Difference | None = None
    training: Sequence[Difference] = field(default=())

    @cached_property
    def causes(self) -> list[str]:
        """Names of what makes them different networks, each once."""
        found = (difference.name for pair in self.pairs for difference in pair.causes)
        inputs = [self.inputs.name] if self.inputs else []
        return list(dict.fromkeys([*inputs, *sorted(found, key=_rank)]))

    @property
    def initializers(self) -> list[str]:
        """Names of weights that they start differently."""
        return list(dict.fromkeys(difference.name for pair in self.pairs for difference in pair.initializers))

    def verdict(self, subject: str = "They") -> str:
        """Say in one sentence whether they are the same network, and what differs."""
        if not self.same:
            return f"{subject} are not the same network: {differ(self.causes) or HIDDEN}."
        unlike = {"started": self.initializers, "trained": [difference.name for difference in self.training]}
        texts = [f"are not {how} alike: {differ(names)}" for how, names in unlike.items() if names]
        return f"{subject} are the same network{', but ' if texts else ''}{', and '.join(texts)}."


HIDDEN = "they differ in what no layer shows by itself, such as which of the inputs a layer reads"


def compare(one: Network, other: Network, training: Sequence[Difference] = ()) -> Comparison:
    """Put two networks side by side and find what differs.

    Layers are paired in the order in which data flows through them, so that the fewest differences are left: a layer
    that only one network has does not shift those behind it. An activation that is a layer of its own counts as the
    activation of the layer before it. Where that leaves fewer differences, each use of a shared layer counts as one.

    Parameters
    ----------
    training
        How differently the two are trained.
    """
    same = one.fingerprint is not None and one.fingerprint == other.fingerprint
    layers = _compared(one.layers), _compared(other.layers)
    tried = [_pairs(layers[0], order, same) for order in (layers[1], mirrored(layers[1]))]
    tried.append(_pairs(unrolled(layers[0]), unrolled(layers[1]), same))
    pairs = min(tried, key=_unlike)
    inputs = _inputs(one), _inputs(other)
    return Comparison(same, pairs, None if same or inputs[0] == inputs[1] else Difference("inputs", *inputs), training)


def _unlike(pairs: Sequence[Pair]) -> tuple[int, int]:
    """How many differences pairs leave, and how many names these have."""
    names = [difference.name for pair in pairs for difference in (*pair.causes, *pair.initializers)]
    return len(names), len(set(names))


def differ(names: Sequence[str]) -> str:
    """Say that what is named differs."""
    plural = len(names) > 1 or any(name.endswith("s") and name not in SINGULAR for name in names)
    return f"{listed(names)} {'differ' if plural else 'differs'}" if names else ""


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Difference]:
    """Properties that both have, with different values."""
    return [Difference(name, one[name], other[name]) for name in one if name in other and one[name] != other[name]]


def causes(layer: Layer) -> Properties:
    """Everything that somebody chose of `layer`, and that changes what it computes, by itself."""
    chosen = {
        "type": layer.type,
        "activation": layer.activation or LINEAR,
        "padding": layer.padding,
        "strides": layer.strides,
        "pool_size": layer.pool_size,
        **layer.attributes,
        "dtype": sorted({weight.dtype for weight in layer.weights}) or None,
        "sharing": layer.calls,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def consequences(layer: Layer) -> Properties:
    """Everything about `layer` that follows from what was chosen, for it or for those before it."""
    return {
        "weights": {weight.name: weight.shape for weight in layer.weights},
        "input shape": layer.input_shape,
        "output shape": layer.output_shape,
        "parameters": layer.n_parameters,
        "multiply-adds": layer.multiply_adds,
        "activations, bytes": layer.activation_bytes,
    }


# What an experiment says of training, in the order of a person who asks; how long depends on the trial.
TRAINING = (
    *("dataset", "n_train", "n_skipped", "n_validation", "validation", "n_test", "arrangement"),
    *("batch_size", "optimizer", "loss"),
)


def training(experiment: Experiment, alternative: str | None) -> Properties:
    """How a network of `experiment` is trained, with each argument of its optimizer; None is what nothing says."""
    changes = experiment.alternatives[alternative].changes() if alternative else {}
    described = experiment.model_copy(update=changes)
    fields = {name: getattr(described, name) for name in TRAINING}
    optimizer = described.optimizer.model_dump()
    return fields | {"optimizer": optimizer.pop("name")} | optimizer


FIRST = ("layers", "type", "activation", "padding", "strides", "pool_size")
LAST = ("dtype", "connections", "sharing")


def _rank(name: str) -> int:
    """Place of a cause in a sentence: what a person asks for first comes first, attributes after that."""
    return (FIRST.index(name) - len(FIRST)) if name in FIRST else 1 + LAST.index(name) if name in LAST else 0


def _inputs(network: Network) -> list[Shape | list[Shape] | None]:
    """Shapes of what flows into `network`, in order."""
    return [layer.output_shape for layer in network.layers if layer.type == PLACEHOLDER]


def _compared(layers: Sequence[Layer]) -> list[Layer]:
    """Layers, with each activation that is a layer of its own made an attribute of the layer before it."""
    readers = Counter(path for layer in layers for path in layer.inputs)
    kept: dict[str, Layer] = {}
    instead: dict[str, list[str]] = {}  # of a layer left out: what its readers read in its place
    for layer in layers:
        read = [path for each in layer.inputs for path in instead.get(each, [each])]
        before = kept.get(read[0]) if len(read) == 1 and readers[layer.inputs[0]] == layer.calls == 1 else None
        if (does := _only_activates(layer)) and before and before.activation in (None, LINEAR) and before.calls == 1:
            kept[before.path] = before.model_copy(update={"activation": does})
            instead[layer.path] = [before.path]
        else:
            kept[layer.path] = layer
    return [layer.model_copy(update={"inputs": _through(layer.inputs, instead)}) for layer in kept.values()]


def _only_activates(layer: Layer) -> str | None:
    """Name of the activation that a layer is, with nothing else to it; None if it is something else."""
    if layer.type == "ReLU":
        return None if any(layer.attributes.values()) else "relu"
    return layer.activation if layer.type == "Activation" else None


def _through(paths: Iterable[str], instead: Mapping[str, list[str]]) -> list[str]:
    """Replace what is left out by what stands for it."""
    return [path for each in paths for path in instead.get(each, [each])]


def _pairs(one: Sequence[Layer], other: Sequence[Layer], same: bool) -> list[Pair]:
    """Put the layers of two networks side by side; of one and the same network nothing differs by choice."""
    side_by_side = aligned(one, other, _distance)
    number = (
        {a.path: n for n, (a, _) in enumerate(side_by_side) if a},
        {b.path: n for n, (_, b) in enumerate(side_by_side) if b},
    )
    both = {n for n, (a, b) in enumerate(side_by_side) if a and b}
    read = [
        {layer.path: _sources(layer, of, numbers, both) for layer in of}
        for of, numbers in zip((one, other), number, strict=True)
    ]
    return [_pair(a, b, read[0], read[1], same) for a, b in side_by_side]


def _pair(
    one: Layer | None,
    other: Layer | None,
    reads: Mapping[str, list[int]],
    other_reads: Mapping[str, list[int]],
    same: bool,
) -> Pair:
    if one is None or other is None:
        missing = Difference("layers", one and one.path, other and other.path)
        return Pair(one, other, causes=() if same else (missing,))
    chosen = _chosen(one, other)
    if reads[one.path] != other_reads[other.path]:
        chosen.append(Difference("connections", one.inputs, other.inputs))
    return Pair(
        one,
        other,
        causes=() if same else chosen,
        consequences=differences(consequences(one), consequences(other)),
        initializers=list(_initializers(one, other)),
    )


def _chosen(one: Layer, other: Layer) -> list[Difference]:
    """What somebody chose otherwise for one of two layers.

    Of layers of one type, also what only one says: the inspector leaves out what every version does by default.
    """
    mine, theirs = causes(one), causes(other)
    missing = (
        {**one.attributes, **other.attributes}.keys() - (mine.keys() & theirs.keys()) if one.type == other.type else ()
    )
    alone = [Difference(name, mine.get(name), theirs.get(name)) for name in sorted(missing)]
    return differences(mine, theirs) + alone


def _sources(layer: Layer, layers: Sequence[Layer], number: Mapping[str, int], both: set[int]) -> list[int]:
    """Numbers of the pairs that `layer` reads; through a layer without counterpart, those that this one reads."""
    by_path = {each.path: each for each in layers}
    found: list[int] = []
    waiting, met = list(reversed(layer.inputs)), {layer.path}
    while waiting:
        path = waiting.pop()
        if number.get(path) in both:
            found.append(number[path])
        elif path in by_path and path not in met:
            met.add(path)
            waiting += reversed(by_path[path].inputs)
    return found


def _initializers(one: Layer, other: Layer) -> Iterator[Difference]:
    """Weights that both layers have and do not start alike."""
    for weight in one.initializers:
        mine, theirs = one.initializers[weight], other.initializers.get(weight, {})
        if differences(mine, theirs):
            yield Difference(f"{weight} initializer", mine, theirs)


def _distance(one: Layer, other: Layer) -> int:
    """How unlike two layers are, from 0 to `FOREIGN`."""
    return FOREIGN if one.type != other.type else min(len(_chosen(one, other)), FOREIGN)
