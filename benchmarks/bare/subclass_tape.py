"""Source 000's second listing, with nothing around it but a line an epoch. Usage: subclass_tape.py DATASET EPOCHS."""

import sys

import numpy as np
import tensorflow as tf

with np.load(sys.argv[1]) as mnist:
    x_train, y_train = mnist["x_train"], mnist["y_train"]
train_ds = tf.data.Dataset.from_tensor_slices((x_train.astype("float32") / 255, y_train)).shuffle(1024).batch(32)
loss_object = tf.keras.losses.SparseCategoricalCrossentropy()
optimizer = tf.keras.optimizers.Adam()
train_loss = tf.keras.metrics.Mean(name="train_loss")
train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")


def my_softmax(x):
    """Softmax in the source's steps."""
    number_of_class = x.shape[-1]
    max_tensors = tf.stack([tf.reduce_max(x, axis=1)] * number_of_class, axis=1)
    exp_of_substracted_tensors = tf.exp(x - max_tensors)
    sums = tf.stack([tf.reduce_sum(exp_of_substracted_tensors, axis=1)] * number_of_class, axis=1)
    return tf.divide(exp_of_substracted_tensors, sums)


class MyModel(tf.keras.Model):
    """The source's model."""

    def __init__(self):
        super().__init__()
        self.flatten = tf.keras.layers.Flatten()
        self.d1 = tf.keras.layers.Dense(10)

    def call(self, x):
        return my_softmax(self.d1(self.flatten(x)))


model = MyModel()


@tf.function
def train_step(images, labels):
    """One step, as in the source."""
    with tf.GradientTape() as tape:
        predictions = model(images)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss(loss)
    train_accuracy(labels, predictions)


for _ in range(int(sys.argv[2])):
    for images, labels in train_ds:
        train_step(images, labels)
    print("epoch", file=sys.stderr, flush=True)
    for metric in (train_loss, train_accuracy):
        (metric.reset_state if hasattr(metric, "reset_state") else metric.reset_states)()
