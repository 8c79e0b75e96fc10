"""Says what a layer is: its attributes with every default resolved, the same words in every version of Keras."""

import re

import numpy as np
import tensorflow as tf

from trials.inspection.calls import is_known

# Attributes with a column of their own.
COLUMNS = ("padding", "strides", "pool_size")
# What changes nothing of the function computed: names, how weights begin and are held, how fast it is computed, and how
# a random number is drawn.
NO_FUNCTION = re.compile(
    r"name|trainable|dtype|seed|batch_(input_)?shape|(build|quantization)_config|registered_name|module|.*_initializer"
    r"|.*_regularizer|.*_constraint|activation|implementation|unroll|use_cudnn|lora_.*"
)
# What only some versions know, and what the others do.
ELSEWHERE = {"groups": 1, "keepdims": False, "synchronized": False, "renorm": False, "time_major": False}
# What counts only beside something else.
ONLY_WITH = {"renorm_clipping": "renorm", "renorm_momentum": "renorm"}
ALIASES = {"swish": "silu"}


def attributes_of(layer, input_shape=None, output_shape=None):
    """Part of a layer's row that its attributes tell.

    Parameters
    ----------
    layer : tf.keras.layers.Layer
    input_shape, output_shape : list of int or None
        Of its first input and output with the batch in front; None before it was called.
    """
    config = _config_of(layer)
    values = {name: value for name, value in map(_plain_item, config.items()) if _tells(name, value)}
    values = {name: value for name, value in values.items() if ONLY_WITH.get(name, name) in values}
    if values.get("pool_size") is not None:
        values.setdefault("strides", values["pool_size"])
    _resolve(values, input_shape, output_shape)
    columns = {name: values.pop(name, None) for name in COLUMNS}
    return dict(
        name=layer.name,
        type=type(layer).__name__,
        known=is_known(layer),
        activation=activation_of(layer),
        attributes=values,
        initializers=_initializers(config, layer),
        units=values.get("units"),
        **columns,
        **weights_values(layer.weights),
    )


def weights_values(weights):
    """Weights of a row, and how many parameters they are."""
    listed = [
        {
            "name": weight.name.split("/")[-1].split(":")[0],
            "shape": [int(n) for n in weight.shape],
            "dtype": tf.as_dtype(weight.dtype).name,
        }
        for weight in weights
    ]
    return {"weights": listed, "n_parameters": sum(int(np.prod(weight["shape"], dtype=int)) for weight in listed)}


def activation_of(layer):
    """Name of the function that ends a layer, None if it has no place for one."""
    activation = getattr(layer, "activation", None)
    if activation is None:
        return None
    name = re.sub(r"_v2$", "", getattr(activation, "__name__", type(activation).__name__))
    return ALIASES.get(name, name)


def _config_of(layer):
    try:
        return layer.get_config()
    except NotImplementedError:  # a layer of one's own that does not say
        return {}


def _tells(name, value):
    return value is not None and not NO_FUNCTION.fullmatch(name) and ELSEWHERE.get(name) != value


def _plain_item(item):
    return item[0], _plain(item[1])


def _plain(value):
    """A value of a layer's configuration as JSON: objects by type and arguments, functions by name."""
    if isinstance(value, dict):
        return _plain_dict(value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    is_plain = value is None or isinstance(value, (bool, int, float, str))
    return value if is_plain else getattr(value, "__name__", type(value).__name__)


def _plain_dict(value):
    if "class_name" not in value:
        return {name: plain for name, plain in map(_plain_item, value.items()) if _tells(name, plain)}
    arguments = value.get("config") or {}
    return arguments if isinstance(arguments, str) else dict({"type": value["class_name"]}, **_plain_dict(arguments))


def _resolve(values, input_shape, output_shape):
    """Count axes from the front and fill in the sides that follow from the others."""
    if "axis" in values and input_shape is not None:
        axes = values["axis"] if isinstance(values["axis"], list) else [values["axis"]]
        axes = [axis % len(input_shape) for axis in axes]
        values["axis"] = axes[0] if len(axes) == 1 else axes
    if "target_shape" in values and output_shape is not None:
        values["target_shape"] = output_shape[1:]


def _initializers(config, layer):
    """How each weight begins."""
    names = [weight["name"] for weight in weights_values(layer.weights)["weights"]]
    suffix = "_initializer"
    found = {name[: -len(suffix)]: _plain(value) for name, value in config.items() if name.endswith(suffix) and value}
    return {of: value for of, value in found.items() if not names or any(name.startswith(of) for name in names)}
