"""A network as the probe of structures describes it."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from study.config.validation import Count, Sha256

Shape = list[int | None]
Properties = dict[str, Any]


class Described(BaseModel):
    """A part of what the probe `structures` says of a network; fields that nothing here reads are left out."""

    model_config = ConfigDict(frozen=True)


class Weight(Described):
    """A weight of a layer."""

    name: str
    shape: list[int]
    dtype: str


class Layer(Described):
    """A layer, with every default resolved; `known` is false where the inspector does not know its type.

    Shapes begin with the size of a batch (None). `multiply_adds` and `activation_bytes` are of one sample. `inputs`
    holds the paths of the layers whose output it takes, `calls` how often the network uses it. None is what does not
    apply, or is not known before the network's first call.
    """

    path: str
    type: str
    known: bool = True
    weights: list[Weight] = []
    activation: str | None = None
    padding: str | None = None
    strides: list[int] | None = None
    pool_size: list[int] | None = None
    attributes: Properties = {}
    initializers: dict[str, Properties] = {}
    input_shape: Shape | list[Shape] | None = None
    output_shape: Shape | list[Shape] | None = None
    n_parameters: Count | None = None
    multiply_adds: Count | None = None
    activation_bytes: Count | None = None
    inputs: list[str] = []
    calls: Count = 1


class Network(Described):
    """A network: its layers in the order of the data flow, and the hash of all that changes what it computes."""

    layers: list[Layer]
    fingerprint: Sha256 | None = None
    n_parameters: Count | None = None
    multiply_adds: Count | None = None
    activation_bytes: Count | None = None


# Facts that are the one number in a property of all layers of a type.
FACTS = {"conv_strides": ("Conv2D", "strides"), "pool_strides": ("MaxPooling2D", "strides")}


def fact_of(values: Properties, name: str) -> float | None:
    """A fact of what `structures` observed; None where it has none, or not the same one in all layers."""
    if name not in FACTS:
        return values.get(name)
    of_type, column = FACTS[name]
    layers = [layer for layer in values.get("layers", []) if layer["type"] == of_type]
    numbers = {number for layer in layers for number in layer.get(column) or [None]}
    return numbers.pop() if len(numbers) == 1 else None
