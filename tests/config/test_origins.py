"""Every setting that can change a number is stated by the source or assumed, and what is assumed is tried otherwise."""

import os
from pathlib import Path

import pytest

from study.claims.page import missing_parts, with_numbers
from study.claims.sources import load_sources
from study.config.origins import ORIGINS, load_origins, settings_of
from study.config.study import load_study
from study.config.validation import ConfigError

STUDY = load_study()
TEXTS = os.environ.get("STUDY_SOURCES")
PASSAGES = {source.file: "\n".join(source.passages) for source in load_sources()}


@pytest.mark.parametrize("name", STUDY.experiments)
def test_every_quote_is_verbatim(name):
    source = STUDY.experiments[name].source
    text = (Path(TEXTS) / source).read_text("utf-8") if TEXTS else PASSAGES[source]
    quotes = {setting: origin.quote for setting, origin in load_origins(STUDY)[name].items() if origin.quote}
    asked = quotes if TEXTS else {setting: with_numbers(quote) for setting, quote in quotes.items()}
    assert {setting: missing for setting, quote in asked.items() if (missing := missing_parts(quote, text))} == {}


def test_settings_are_those_that_a_number_may_hang_on():
    assert settings_of(STUDY.experiments["mini_vgg"]) == {
        **dict.fromkeys(("layers", "initial_weights", "shuffling", "preprocessing", "dtype")),
        **{"dataset": "cats_vs_dogs", "image_shape": [224, 224, 3], "n_train": 22495, "n_validation": 2500},
        **{"n_test": 2500, "validation": "test", "batch_size": 32, "loss": "binary_crossentropy", "epochs": 10},
        **{"optimizer.name": "rmsprop", "optimizer.learning_rate": 0.0001},
        **{"architecture.padding": "valid", "architecture.strides": 1},
    }


LEARNING_RATE = "  optimizer.learning_rate:\n    assumed: Keras' default of SGD\n    tried: [sgd_fast, sgd_slow]\n"
MISTAKES = {
    "a setting is left out": (LEARNING_RATE, "", "deep_mlp: neither stated nor assumed: optimizer.learning_rate"),
    "a setting is misspelt": (
        "  optimizer.learning_rate:\n    assumed: Keras' default of SGD",
        "  optimizer.learning_rat:\n    assumed: x",
        "unknown setting; did you mean 'optimizer.learning_rate'?",
    ),
    "an experiment is misspelt": ("\ntwo_tower:", "\ntwo_towers:", "unknown experiment; did you mean 'two_tower'?"),
    "nothing says where it comes from": ('{stated: "Epoch 20/20"}', "{}", "needs one of stated, default"),
    "two things do": ('{stated: "Epoch 20/20"}', '{stated: "Epoch 20/20", assumed: x}', "needs one of stated, default"),
    "an assumption is not tried": ("    tried: [adam, rmsprop, adagrad]\n", "", "names what was trained instead"),
    "an alternative is misspelt": ("tried: [adam, rmsprop, adagrad]", "tried: [adagrat]", "did you mean 'adagrad'?"),
    "an alternative changes something else": (
        "tried: [adam, rmsprop, adagrad]",
        "tried: [batch_16]",
        "'batch_16' does not change it",
    ),
    "it is as in an experiment of another source": (
        "batch_size: {as_in: deep_mlp}\n  shuffling: &fitted",
        "batch_size: {as_in: two_dense}\n  shuffling: &fitted",
        "'two_dense' is of another source",
    ),
    "it is as where it is otherwise": (
        '  epochs: {stated: "Epoch 10/10"}\n\nmulti_io',
        "  epochs: {as_in: deep_mlp}\n\nmulti_io",
        "'deep_mlp' has another value",
    ),
}


@pytest.mark.parametrize(("there", "instead", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_line(tmp_path, there, instead, message):
    text = ORIGINS.read_text(encoding="utf-8")
    assert text.count(there) == 1
    path = tmp_path / "origins.yaml"
    path.write_text(text.replace(there, instead), encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"(?m)^{path}:\d+: ") as error:
        load_origins(STUDY, path)
    assert message in str(error.value)


def test_an_alternative_that_nothing_trains_is_no_trial_of_an_assumption():
    experiment = STUDY.experiments["two_dense"]
    arms = [arm for arm in experiment.series["accuracy"].arms if arm.alternatives != "all"]
    series = experiment.series | {"accuracy": experiment.series["accuracy"].model_copy(update={"arms": arms})}
    changed = STUDY.experiments | {"two_dense": experiment.model_copy(update={"series": series})}
    with pytest.raises(ConfigError, match="no arm of the full study trains the alternative 'sgd'"):
        load_origins(STUDY.model_copy(update={"experiments": changed}))
