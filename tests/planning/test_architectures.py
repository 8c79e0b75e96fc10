"""What the probes read of the study's networks."""

import json

from study.config.study import load_study
from study.planning.architectures import architectures


def test_architectures_name_each_experiment_and_all_datasets():
    listed = json.loads(architectures(load_study()))
    assert listed["datasets"] == ["cats_vs_dogs", "fashion-mnist", "mnist"]
    assert listed["experiments"]["two_tower"] == {
        "image_shape": [28, 28],
        "arrangement": "vector_twice",
        "architecture": {},
        "alternatives": {},
        "variants": ["functional", "subclass"],
        "batch_size": 32,
        "loss": "sparse_categorical_crossentropy",
        "optimizer": {"name": "adam", "learning_rate": 0.001},
    }
    two_dense = listed["experiments"]["two_dense"]
    assert two_dense["architecture"] == {"hidden": 128}
    assert two_dense["alternatives"] == {"hidden_64": {"hidden": 64}, "hidden_512": {"hidden": 512}}
    assert listed["experiments"]["mini_vgg"]["image_shape"] == [224, 224, 3]
