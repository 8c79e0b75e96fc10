"""What each figure shows of trials, observations and claims, and that one that does not apply is not drawn."""

import json

import nbformat
import numpy as np
import papermill
import pytest
from factories import accuracy_claim, curve_claim, faster_claim, learned, make_claim, make_observation, make_trial
from factories import timed as timed_trials
from matplotlib.patches import Rectangle

from study.config.runtimes import version_of
from study.config.study import load_study
from study.figures import __main__ as draw
from study.figures import samples
from study.figures.architectures import architecture_or_api, learning_of_architectures
from study.figures.capabilities import capabilities
from study.figures.diagrams import Diagram, diagrams_of, lines_of
from study.figures.experiment_data import ExperimentData
from study.figures.learning import accuracy
from study.figures.performance import epoch_time, ratios
from study.figures.published import (
    alternatives,
    alternatives_accuracy,
    alternatives_by_epoch,
    measured,
    published_curves,
    published_times,
)
from study.records.collect import write_trials
from study.records.observations import write_observations
from study.records.tables import epoch_table, trial_table
from study.verdicts.models import Verdict

STUDY = load_study()
DEEP = {"experiment": "deep_mlp"}


def verdict_on(claim, verdict="consistent", **changes):
    fields = {"published": claim.published, "test": claim.test, "scope": claim.scope}
    return Verdict(claim=claim.id, verdict=verdict, reason="a reason", **(fields | changes))


def material_of(experiment="deep_mlp", trials=(), observations=(), claims=()):
    judged = [(claim, verdict_on(claim)) for claim in claims]
    return ExperimentData(STUDY, experiment, trials, observations, judged)


def layer(name, *inputs, kind="Dense", **changes):
    fields = {"units": 8 if kind == "Dense" else None, "activation": "relu", "output_shape": [None, 8], "calls": 1}
    return {"name": name, "path": name, "inputs": list(inputs), "type": kind, "n_parameters": 72, **fields, **changes}


def network(layers, variant="functional", runtime="tf-2.0.0", subject="deep_mlp", **changes):
    values = {"layers": layers, "n_parameters": 100, "fingerprint": repr(layers)}
    return make_observation("structures", subject, variant=variant, runtime=runtime, values=values, **changes)


def texts(drawing):
    return {text.get_text() for axes in drawing.figure.axes for text in axes.texts}


ALL = draw.FIGURES | draw.FIGURES_OF_ARCHITECTURES


@pytest.mark.parametrize("draw_one", ALL.values(), ids=ALL)
def test_a_figure_that_does_not_apply_is_not_drawn(draw_one):
    assert draw_one(material_of()) is None


def test_without_observations_there_is_no_figure_of_capabilities():
    assert capabilities([], []) is None


def test_runtimes_are_ordered_by_version_not_by_alphabet():
    assert sorted(["tf-2.21.0", "tf-1.15.0", "tf-2.10.0", "tf-2.0.0"], key=version_of) == [
        *("tf-1.15.0", "tf-2.0.0", "tf-2.10.0", "tf-2.21.0")
    ]


def test_a_published_curve_is_compared_with_the_runs_that_it_is_about():
    claim = curve_claim([0.5, 0.3, 0.2], **DEEP)
    about = learned([[0.6, 0.4, 0.3], [0.5, 0.2, 0.1]], **DEEP)
    others = [
        *learned([[9.0, 9.0, 9.0]], **DEEP, alternative="adam"),
        *learned([[9.0, 9.0, 9.0]], **DEEP, variant="subclass"),
        *timed_trials([1.0], **DEEP),
    ]
    data = material_of(trials=[*about, *others], claims=[claim])
    assert measured(data, claim, claim.selection).tolist() == [[0.6, 0.4, 0.3], [0.5, 0.2, 0.1]]
    drawn = published_curves(data)
    assert "n = 2 runs" in drawn.caption
    lines = {tuple(line.get_ydata()) for line in drawn.figure.axes[0].lines}
    assert tuple(claim.published) in lines
    assert tuple(measured(data, claim, claim.selection).mean(axis=0)) in lines


def test_of_longer_and_shorter_runs_only_the_epochs_of_all_are_compared():
    claim = curve_claim([0.5, 0.3, 0.2, 0.1], **DEEP)
    trials = [*learned([[0.6, 0.4, 0.3]], **DEEP), *learned([[0.5, 0.2]], **DEEP)]
    assert measured(material_of(trials=trials), claim, claim.selection).shape == (2, 2)


def test_a_curve_of_one_output_is_that_outputs():
    multi = {"experiment": "multi_io", "variant": "functional"}
    trial = make_trial(
        outputs=[{"loss": [1.0, 0.5], "accuracy": [0.5, 0.6]}, {"loss": [2.0, 0.7], "accuracy": [0.1, 0.2]}], **multi
    )
    claim = curve_claim([2.0, 0.7], output=2, **multi)
    assert measured(material_of("multi_io", [trial]), claim, claim.selection).tolist() == [[2.0, 0.7]]


def test_published_times_are_divided_by_their_mean():
    claim = curve_claim([4.0, 2.0], metric="epoch_seconds", margin=None, **DEEP)
    drawn = published_times(material_of(trials=timed_trials([1.0, 1.0, 1.0], **DEEP), claims=[claim]))
    lines = [line.get_ydata() for line in drawn.figure.axes[0].lines]
    assert any(np.allclose(line, [4 / 3, 2 / 3]) for line in lines)
    assert all(np.isclose(np.mean(line), 1) for line in lines)


def test_the_reading_whose_curve_is_nearest_is_marked():
    trials = [
        *learned([[0.9, 0.7]], **DEEP),
        *learned([[0.51, 0.31, 5.0]], **DEEP, alternative="adam"),
        *learned([[0.3, 0.9]], **DEEP, alternative="sgd_slow"),
    ]
    drawn = alternatives(material_of(trials=trials, claims=[curve_claim([0.5, 0.3, 0.2], **DEEP)]))
    axes = drawn.figure.axes[0]
    best = [line for line in axes.lines if line.get_fillstyle() == "full"]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert [labels[int(line.get_ydata()[0])] for line in best] == ["Adam, learning rate 0.001"]
    assert "0.01" in texts(drawn)
    assert "first 2 epochs" in drawn.caption


def test_controlled_trials_alone_have_no_figure_of_accuracy():
    controlled = make_trial(
        outputs=[{"loss": [1.0, 0.5], "accuracy": [0.5, 0.6]}] * 2,
        test_outputs=[{"loss": 1.0, "accuracy": 0.5}] * 2,
        experiment="multi_io",
        variant="functional",
        protocol="controlled",
    )
    assert accuracy(material_of("multi_io", [controlled])) is None


def test_the_epoch_that_reaches_the_published_accuracy_is_named():
    fashion = {"experiment": "mlp_300_100", "runtime": "tf-2.21.0"}
    trials = [
        *learned([[0.7, 0.85, 0.9], [0.7, 0.87, 0.9]], "val_accuracy", **fashion),
        *learned([[0.95, 0.96, 0.97]], "val_accuracy", **fashion, alternative="mnist"),
        *learned([[0.1, 0.2, 0.3]], "val_accuracy", **fashion, alternative="n_train_60000"),
    ]
    claim = accuracy_claim(0.8745, metric="val_accuracy", epoch=2, **fashion)
    drawn = alternatives_by_epoch(material_of("mlp_300_100", trials, claims=[claim]))
    assert texts(drawn) == {"epoch 3", "epoch 1"}
    assert any(list(line.get_xdata()) == [2, 2] for line in drawn.figure.axes[0].lines)


def test_each_reading_stands_beside_the_published_accuracy():
    two = {"experiment": "two_dense", "runtime": "tf-2.10.0"}
    trials = [make_trial(**two, test_accuracy=0.97), make_trial(**two, alternative="hidden_64", test_accuracy=0.95)]
    claim = accuracy_claim(0.98, metric="test_accuracy", **two)
    drawn = alternatives_accuracy(material_of("two_dense", trials, claims=[claim]))
    points = [tuple(line.get_xdata()) for line in drawn.figure.axes[0].lines]
    assert (0.97, 0.95) in points
    assert (0.98, 0.98) in points


def test_a_time_is_counted_once_however_often_a_block_repeats_its_arm():
    trials = [*timed_trials([1.0, 1.2], **DEEP), *timed_trials([1.1, 1.3], **DEEP, replicate=1)]
    assert "n = 2 trials" in epoch_time(material_of(trials=trials)).caption


COMPARED = make_claim(
    "order",
    **{"experiment": "mini_vgg", "variant": "sequential", "runtime": "tf-2.10.0", "metric": "accuracy", "epoch": 2},
    **{"baseline": {"variant": "subclass", "alternative": "same_stride_2"}, "direction": "higher", "margin": 0.02},
)
ARCHITECTURES = ["valid padding and strides of 1", "same padding and strides of 2"]


def of_both(**changes):
    about = {"experiment": "mini_vgg", "runtime": "tf-2.10.0"} | changes
    return [
        make_trial(**about, variant=variant, alternative=alternative, block=block, seed=block)
        for variant, alternative in (("sequential", None), ("subclass", "same_stride_2"))
        for block in (1, 2)
    ]


def test_two_architectures_that_a_source_compares_are_drawn_side_by_side():
    curves = {"accuracy": (0.6, 0.9), "val_accuracy": (0.6, 0.8)}
    published = accuracy_claim(0.93, experiment="mini_vgg", runtime="tf-2.10.0", metric="accuracy", epoch=2)
    runs = of_both(curves=curves)
    drawn = learning_of_architectures(material_of("mini_vgg", runs, claims=[COMPARED, published]))
    assert [axes.get_title() for axes in drawn.figure.axes] == [
        "training accuracy\ntf-2.10.0",
        "validation accuracy\ntf-2.10.0",
    ]
    (legend,) = drawn.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [*ARCHITECTURES, "sequential", "subclass"]
    diamonds = [[line for line in axes.lines if line.get_marker() == "D"] for axes in drawn.figure.axes]
    assert [[line.get_ydata()[0] for line in of_panel] for of_panel in diamonds] == [[0.93], []]
    assert "n = 4 trials, 2 of each" in drawn.caption
    alone = learning_of_architectures(material_of("mini_vgg", runs, claims=[published]))
    assert alone is None


def test_an_architecture_without_runs_is_left_out_with_what_was_published_of_it():
    runs = [
        trial for trial in of_both(curves={"accuracy": (0.6, 0.9), "val_accuracy": (0.6, 0.8)}) if trial.alternative
    ]
    published = accuracy_claim(0.93, experiment="mini_vgg", runtime="tf-2.10.0", metric="accuracy", epoch=2)
    drawn = learning_of_architectures(material_of("mini_vgg", runs, claims=[COMPARED, published]))
    (legend,) = drawn.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [ARCHITECTURES[1], "subclass"]
    assert not [line for axes in drawn.figure.axes for line in axes.lines if line.get_marker() == "D"]


def test_timed_trials_of_two_architectures_have_a_panel_each():
    trials = of_both(timed=True, series="timing", seconds=(2, 1))
    drawn = epoch_time(material_of("mini_vgg", trials, claims=[COMPARED]))
    assert [axes.get_title(loc="left") for axes in drawn.figure.axes] == ARCHITECTURES
    assert "n = 4 trials" in drawn.caption
    (axes,) = epoch_time(material_of("mini_vgg", trials)).figure.axes
    assert not axes.get_title(loc="left")


def test_what_architecture_and_api_each_do_has_a_line_an_effect_and_a_panel_a_metric():
    ran = of_both(curves={"accuracy": (0.6, 0.9)})
    ran += [trial.model_copy(update={"variant": "sequential"}) for trial in ran if trial.variant == "subclass"]
    early = COMPARED.model_copy(update={"id": "early", "epoch": 1})
    timed = COMPARED.model_copy(update={"id": "timed", "metric": "epoch_seconds", "epoch": None})
    drawn = architecture_or_api(material_of("mini_vgg", ran, claims=[COMPARED, early, timed]))
    first, second = drawn.figure.axes
    assert [axes.get_title(loc="left") for axes in (first, second)] == [
        "training accuracy after epoch 2",
        "training accuracy after epoch 1",
    ]
    labels = [label.get_text().replace("\n", " ") for label in first.get_yticklabels()]
    assert labels == [" against ".join(ARCHITECTURES), "sequential against subclass"]
    dots = [float(line.get_xdata()[0]) for axes in (first, second) for line in axes.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([1] * 4)
    assert "n = 6 runs" in drawn.caption
    assert architecture_or_api(material_of("mini_vgg", ran[:2], claims=[COMPARED])) is None


def test_two_architectures_that_a_source_compares_are_both_drawn():
    layers = [layer("a"), layer("b", "a")]
    seen = [
        network(layers, "sequential", subject="mini_vgg"),
        network([*layers, layer("c", "b")], "sequential", subject="mini_vgg", alternative="same_stride_2"),
    ]
    assert [
        each.assumption for each in diagrams_of(material_of("mini_vgg", observations=seen, claims=[COMPARED]))
    ] == ARCHITECTURES
    assert [each.assumption for each in diagrams_of(material_of("mini_vgg", observations=seen))] == [None]


def test_a_comparison_shows_what_was_measured_and_what_was_published():
    claim = faster_claim(published=0.8, **DEEP)
    verdict = verdict_on(claim, "contradicted", measured=1.5, interval=(1.4, 1.6), n=5)
    drawn = ratios(ExperimentData(STUDY, "deep_mlp", [], [], [(claim, verdict)]))
    points = {float(x) for line in drawn.figure.axes[0].lines for x in line.get_xdata()}
    assert {0.8, 1.4, 1.5, 1.6} <= points
    assert "n = 5 pairs" in drawn.caption


SKIP = [
    layer("input_1", kind="InputLayer"),
    layer("dense", "input_1"),
    layer("dense_1", "dense"),
    layer("concatenate", "input_1", "dense_1", kind="Concatenate"),
    layer("side", "dense_1"),
    layer("input_2", kind="InputLayer"),
    layer("join", "concatenate", "input_2", kind="Concatenate"),
]


def test_in_a_diagram_every_layer_is_below_what_feeds_it_and_none_covers_another():
    diagram = Diagram(("functional",), "tf-2.0.0", SKIP, 100)
    places = diagram.places()
    assert set(places) == {each["name"] for each in SKIP}
    assert all(places[a][1] < places[b][1] for a, b in diagram.edges)
    for one in places:
        for other in places:
            assert one == other or places[one][1] != places[other][1] or abs(places[one][0] - places[other][0]) >= 1
    assert places["input_2"][1] == places["join"][1] - 1


def test_a_layer_that_is_used_again_later_leads_back_to_no_row():
    again = [layer("input", kind="InputLayer"), layer("a", "input", "b", calls=2), layer("b", "a")]
    diagram = Diagram(("subclass",), "tf-2.0.0", again, 100)
    assert diagram.edges == [("input", "a"), ("a", "b")]
    assert diagram.rows() == {"input": 0, "a": 1, "b": 2}


def test_a_model_is_that_of_the_newest_runtime_and_variants_that_are_the_same_share_a_diagram():
    old = [layer("old")]
    seen = [
        network(old, "sequential", "tf-2.0.0"),
        network(SKIP, "sequential", "tf-2.10.0"),
        network(SKIP, "functional", "tf-2.10.0"),
        network(old, "functional", "tf-2.21.0", alternative="hidden_64"),
    ]
    (diagram,) = diagrams_of(material_of(observations=seen))
    assert diagram.variants == ("sequential", "functional")
    assert diagram.layers == SKIP


def test_a_box_says_what_a_layer_does():
    assert lines_of(layer("dense_3", units=1024)) == ["Dense", "1,024, relu"]
    assert lines_of(layer("dense", "upper", "lower", calls=2)) == ["Dense, shared", "8, relu"]
    assert lines_of(layer("output_a")) == ["output_a: Dense", "8, relu"]
    assert lines_of(layer("input_layer_1", kind="InputLayer", output_shape=[None, 28, 28])) == ["Input", "28 × 28"]
    assert lines_of(layer("flatten_input", kind="InputLayer", output_shape=[None, 8])) == ["Input", "8"]
    assert lines_of(layer("flatten", kind="Flatten", output_shape=None)) == ["Flatten", ""]
    assert lines_of(layer("max_pooling2d_1", kind="MaxPooling2D")) == ["MaxPooling2D", "8"]


def test_the_figure_of_capabilities_has_a_cell_for_each_try_and_what_the_sources_say():
    tried = [
        make_observation("capabilities", "branches", variant="sequential", error="TypeError: no"),
        make_observation("capabilities", "branches", variant="functional", status="works"),
        make_observation("capabilities", "summary", variant="subclass", status="works after", remedy="model.build"),
    ]
    claim = make_claim("capability", subject="branches", variant="sequential", expected="fails")
    drawn = capabilities(tried, [claim])
    axes = drawn.figure.axes[0]
    cells = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(cells) == len(tried)
    assert [text.get_text() for text in drawn.figure.texts if ":" in text.get_text()] == ["1: model.build"]
    written = [text.get_text() for text in axes.texts]
    assert (written.count("no"), written.count("yes"), written.count("1")) == (2, 1, 1)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    write_trials(folder / "trials.jsonl.gz", learned([[0.6, 0.4], [0.5, 0.2]], **DEEP))
    write_observations(folder / "observations.jsonl.gz", [network(SKIP)])
    claim = curve_claim([0.5, 0.3], **DEEP)
    (folder / "claims.yaml").write_text(json.dumps([claim.model_dump(exclude_defaults=True)]), encoding="utf-8")
    (folder / "verdicts.json").write_text(json.dumps([verdict_on(claim).model_dump()]), encoding="utf-8")
    return folder


def test_all_figures_are_listed_with_their_captions_and_drawn_the_same_each_time(records, tmp_path):
    for out in ("once", "again"):
        paths = ["--observations", records / "observations.jsonl.gz", "--claims", records / "claims.yaml"]
        paths += ["--verdicts", records / "verdicts.json", "--out", tmp_path / out]
        draw.main([str(records / "trials.jsonl.gz"), *map(str, paths)])
    listed = json.loads((tmp_path / "once/figures.json").read_text("utf-8"))
    assert [figure["name"] for figure in listed] == ["model", "published_curves", "accuracy", "learning_curves"]
    for figure in listed:
        assert figure["experiment"] == "deep_mlp"
        assert "n = " in figure["caption"]
        drawn = (tmp_path / "once" / figure["file"]).read_bytes()
        assert drawn == (tmp_path / "again" / figure["file"]).read_bytes()
        assert b"<svg" in drawn


def test_the_notebook_says_what_an_experiment_has_not(records, tmp_path):
    trials = learned([[0.6, 0.4], [0.5, 0.2]], **DEEP)
    trial_table(trials).to_parquet(tmp_path / "trials.parquet")
    epoch_table(trials).to_parquet(tmp_path / "epochs.parquet")
    told = {name: str(tmp_path / f"{name}.parquet") for name in ("trials", "epochs")} | DEEP
    done = tmp_path / "done.ipynb"
    papermill.execute_notebook(
        "workflow/notebooks/experiment.ipynb", done, told, kernel_name="python3", progress_bar=False
    )
    page = done.read_text("utf-8")
    assert "This experiment has no timed trials at this scale." in page
    assert "This experiment has no trials that failed at this scale." in page
    assert nbformat.read(done, 4).cells
    assert "no trials for accuracy" not in page


def test_samples_are_the_first_images_of_each_class(tmp_path):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(256, size=(40, 28, 28), dtype=np.uint8), np.arange(40, dtype=np.uint8) % 10
    found = samples.first_of_each(images, labels)
    assert sorted(found) == list(range(10))
    assert (found[3] == images[[3, 13, 23]]).all()
    np.savez(tmp_path / "mnist.npz", x_train=images, y_train=labels)
    for out in ("once", "again"):
        samples.main([str(tmp_path / "mnist.npz"), "--dropped", str(tmp_path), "--out", str(tmp_path / out)])
    (described,) = json.loads((tmp_path / "once/samples.json").read_text("utf-8"))
    drawn = (tmp_path / "once" / described["file"]).read_bytes()
    assert drawn == (tmp_path / "again" / described["file"]).read_bytes()
    assert len(drawn) < 100_000
    assert "first 3 training images of each of 10 classes" in described["caption"]
