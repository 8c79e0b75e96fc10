"""Source 000's first listing, with nothing around it but a line an epoch. Usage: sequential.py DATASET EPOCHS."""

import sys

import numpy as np
import tensorflow as tf

with np.load(sys.argv[1]) as mnist:
    x_train, y_train = mnist["x_train"], mnist["y_train"]
x_train = x_train / 255.0

model = tf.keras.models.Sequential(
    [tf.keras.layers.Flatten(input_shape=(28, 28)), tf.keras.layers.Dense(10, activation="softmax")]
)
jit = {"jit_compile": False} if int(tf.__version__.split(".")[1]) >= 6 else {}  # noqa: PLR2004
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"], **jit)
tell = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: print("epoch", file=sys.stderr, flush=True))
model.fit(x_train, y_train, epochs=int(sys.argv[2]), callbacks=[tell])
