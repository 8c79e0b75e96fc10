"""Step times of source 001's networks, fed by turns with images and with one batch of them again and again.

Usage: feed.py PLAN DATA_FOLDER ROUNDS STEPS, with src/ on the path. The last line of standard error has the seconds of
a step of each round: {"images": [...], "one batch": [...]}.
"""

import json
import sys
import time

import tensorflow as tf

from trials.experiments import mini_vgg
from trials.training import data, feed, settings

BEFORE = 5  # steps that trace, or fill what waits

with open(sys.argv[1]) as plan:
    (planned,) = json.load(plan)["trials"]
rounds, steps = int(sys.argv[3]), int(sys.argv[4])
settings.apply(planned)
held = data.Data(data.read(sys.argv[2], planned["dataset"]), planned)
images = feed.of(planned, *held.train).shuffled(0)["x"]
batch = next(iter(images))
fed = {"images": images, "one batch": tf.data.Dataset.from_tensors(batch).repeat()}

model = mini_vgg.VARIANTS[planned["variant"]].build(**planned["architecture"])
arguments = settings.compile_arguments(planned)
model.compile(optimizer=settings.optimizer(planned), loss=planned["loss"], metrics=["accuracy"], **arguments)
ends = []
clock = tf.keras.callbacks.LambdaCallback(on_batch_end=lambda batch, logs: ends.append(time.monotonic()))
seconds = {name: [] for name in fed}
for number in range(rounds):
    for name in sorted(fed, reverse=bool(number % 2)):
        del ends[:]
        model.fit(fed[name], steps_per_epoch=BEFORE + steps, verbose=0, callbacks=[clock])
        if len(ends) < BEFORE + steps:
            sys.exit(f"{name}: there were only {len(ends)} of {BEFORE + steps} steps")
        seconds[name].append((ends[-1] - ends[BEFORE - 1]) / steps)
print(json.dumps(seconds), file=sys.stderr)
