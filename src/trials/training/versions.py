"""Says what the TensorFlow of this runtime has."""

import tensorflow as tf

VERSION = tuple(int(part) for part in tf.__version__.split(".")[:2])
GRAPH_MODE = VERSION < (2, 0)
KERAS_3 = VERSION >= (2, 16)
HAS_RUN_EAGERLY = VERSION >= (2, 0)
HAS_RETURN_DICT = VERSION >= (2, 2)
HAS_STEPS_PER_EXECUTION = VERSION >= (2, 4)
HAS_JIT_COMPILE = VERSION >= (2, 6)
HAS_OP_DETERMINISM = VERSION >= (2, 9)
HAS_ONEDNN_SWITCH = VERSION >= (2, 5)
