"""What a claim may say: mistakes are refused with their file and line, and what nothing planned can answer."""

import pytest
from factories import curve_claim, faster_claim, make_claim, same_claim

from study.claims.files import load_claims
from study.claims.planned import refuse_unplanned
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.config.validation import ConfigError
from study.planning.plan import jobs
from study.records.models import PlannedTrial

STUDY = load_study(overrides={"scale": "full"})
HEAD = "  source: a source\n  quote: a quote\n  place: a place\n"
OPINION = f"{HEAD}  rule: opinion\n  why: it is one\n"


@pytest.fixture(scope="module")
def planned() -> list[PlannedTrial]:
    plans = jobs(STUDY, list(load_runtimes()))
    return [trial for plan in plans.values() for trial in plan.trials]


def network_claim(subject, **changes):
    fields = {"variant": "sequential", "baseline": {"variant": "functional"}, "expected": "same"}
    return make_claim("network", subject=subject, **(fields | changes))


def claims_in(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


# ---- a folder of claims ----


def test_claims_are_all_files_of_a_folder_in_the_order_of_their_names(tmp_path):
    folder = claims_in(tmp_path, b=f"- id: second\n{OPINION}- id: third\n{OPINION}", a=f"- id: first\n{OPINION}")
    (tmp_path / "notes.txt").write_text("no claims", encoding="utf-8")
    assert [claim.id for claim in load_claims(folder)] == ["first", "second", "third"]
    assert [claim.id for claim in load_claims(folder / "b.yaml")] == ["second", "third"]


def test_a_claim_that_comes_twice_is_refused_with_both_places(tmp_path):
    folder = claims_in(tmp_path, a=f"- id: first\n{OPINION}", b=f"- id: other\n{OPINION}- id: first\n{OPINION}")
    with pytest.raises(ConfigError) as raised:
        load_claims(folder)
    assert str(raised.value) == (f"{folder}/b.yaml:7: the claim 'first' comes twice, first at {folder}/a.yaml:1")


def test_an_empty_folder_is_no_claims_in(tmp_path):
    with pytest.raises(ConfigError, match="there are no claims"):
        load_claims(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  rule: curv\n", [":5: ", "'curv' is not known", "did you mean 'curve'?"]),
        ("  rule: opinion\n", [":1: ", "the rule 'opinion' needs why"]),
        (
            "  rule: capability\n  subject: shared_layer\n  variant: functional\n  expected: works\n",
            [":6: ", "'shared_layer' is not known", "did you mean 'shared_layers'?"],
        ),
        (
            "  rule: capability\n  subject: branches\n  variant: functinal\n  expected: works\n",
            [":7: ", "did you mean 'functional'?"],
        ),
        (
            "  rule: capability\n  subject: branches\n  variant: functional\n  expected: work\n",
            [":8: ", "did you mean 'works'?"],
        ),
        (
            "  rule: formula\n  subject: meanloss\n  variant: functional\n  margin: 1.0e-9\n",
            [":6: ", "did you mean 'mean_loss'?"],
        ),
        ("  rule: structure\n  subject: mnist\n  fact: n_trian\n  published: 1\n", [":7: ", "did you mean 'n_train'?"]),
        ("  rule: structure\n  subject: mnist\n  fact: batch_size\n  published: 1\n", ["is not one of a subject"]),
        ("  rule: structure\n  fact: n_train\n  published: 1\n", ["needs either subject or experiment"]),
        (
            "  rule: structure\n  subject: mnist\n  experiment: two_dense\n  fact: n_train\n  published: 1\n",
            ["needs either subject or experiment"],
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_nearest_name(tmp_path, text, words):
    folder = claims_in(tmp_path, a=f"- id: a-claim\n{HEAD}{text}")
    with pytest.raises(ConfigError) as raised:
        load_claims(folder)
    for word in ("a.yaml:", *words):
        assert word in str(raised.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: curve_claim([1.0], margin=None), "the rule 'curve' needs margin"),
        (lambda: curve_claim([1.0], metric="test_loss"), "needs a metric that each epoch has"),
        (lambda: make_claim("curve", metric="loss", margin=0.1, published=0.5), "valid list"),
        (lambda: make_claim("value", metric="loss", margin=0.1, published=[0.5]), "valid number"),
        (lambda: make_claim("value", metric="loss", margin=0.1, published=0.5, epoch=0), "greater than 0"),
        (lambda: faster_claim(epoch=3), "epoch and output need a metric that each epoch has"),
        (lambda: same_claim(metric="epoch_seconds"), "the rule 'equal' is not for a time"),
        (
            lambda: make_claim(
                "value",
                metric="loss",
                margin=0.1,
                published=1,
                epoch=2,
                sensitivity=[{"assumption": "r", "metric": "test_loss"}],
            ),
            "epoch and output need a metric that each epoch has",
        ),
    ],
)
def test_a_claim_fits_its_rule_under_every_assumption(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# ---- assumptions and baselines ----


def test_an_assumption_changes_what_it_names_and_nothing_else():
    claim = faster_claim(metric="loss", sensitivity=[{"assumption": "r", "alternative": "sgd", "epoch": 3}])
    assert claim.varied(claim.sensitivity[0]) == faster_claim(metric="loss", alternative="sgd", epoch=3)


def test_an_alternative_belongs_to_its_experiment():
    claim = faster_claim(alternative="sgd")
    elsewhere = faster_claim(alternative="sgd", baseline={"experiment": "other"})
    named = faster_claim(alternative="sgd", baseline={"experiment": "other", "alternative": "adam"})
    assert [each.baseline.alternative for each in (claim, elsewhere, named)] == ["sgd", None, "adam"]


# ---- what nothing planned can answer ----


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (make_claim("structure", subject="minst", fact="n_train", published=1), ["'minst'", "did you mean 'mnist'?"]),
        (make_claim("structure", subject="two_dens", fact="n_layers", published=1), ["did you mean 'two_dense'?"]),
        (make_claim("structure", subject="two_dense", fact="height", published=1), ["two_dense has no fact 'height'"]),
        (make_claim("structure", subject="mnist", fact="units_1", published=1), ["mnist has no fact 'units_1'"]),
        (
            make_claim("structure", subject="wide_deep", variant="sequential", fact="n_layers", published=1),
            ["wide_deep has no variant 'sequential'"],
        ),
        (
            make_claim("capability", subject="branches", variant="functional", runtime="tf-2.0", expected="works"),
            ["branches has no runtime 'tf-2.0'", "did you mean 'tf-2.0.0'?"],
        ),
        (
            make_claim("structure", experiment="two_dens", variant=None, runtime=None, fact="n_train", published=1),
            ["has the experiment 'two_dens'", "did you mean 'two_dense'?"],
        ),
        (network_claim("two_dens"), ["no experiment is called 'two_dens'", "did you mean 'two_dense'?"]),
        (network_claim("two_dense", variant="subclas"), ["has no variant 'subclas'", "did you mean 'subclass'?"]),
        (network_claim("two_dense", alternative="hiden_64"), ["no alternative", "did you mean 'hidden_64'?"]),
        (network_claim("two_dense", runtime="tf-2.1"), ["has no runtime 'tf-2.1'"]),
        (network_claim("two_dense", baseline={"variant": "function"}), ["did you mean 'functional'?"]),
        (network_claim("two_dense", baseline={"experiment": "wide_dep"}), ["did you mean 'wide_deep'?"]),
        (faster_claim(alternative="adam"), ["has the alternative 'adam'"]),
        (
            faster_claim(experiment="wide_deep", variant="functional", baseline={"experiment": "deep_mpl"}),
            ["no planned trial has the experiment 'deep_mpl'", "did you mean 'deep_mlp'?"],
        ),
        (
            curve_claim([1.0] * 21, experiment="deep_mlp", variant="sequential"),
            ["epoch 21 comes after the last planned one, 20"],
        ),
        (
            make_claim("value", experiment="deep_mlp", metric="loss", epoch=30, published=1, margin=0.1),
            ["epoch 30 comes after the last planned one, 20"],
        ),
    ],
)
def test_what_the_full_scale_does_not_plan_is_refused(claim, words, planned):
    with pytest.raises(ConfigError) as raised:
        refuse_unplanned([claim], planned, STUDY.experiments)
    for word in ("a-claim", *words):
        assert word in str(raised.value)


def test_what_is_planned_or_needs_no_plan_is_accepted(planned):
    accepted = [
        make_claim("structure", subject="mnist", fact="n_classes", published=10),
        make_claim("structure", subject="two_dense", variant="functional", fact="units_1", published=128),
        make_claim("structure", experiment="deep_mlp", variant=None, runtime=None, fact="n_train", published=55000),
        make_claim("capability", subject="branches", variant="sequential", expected="fails"),
        network_claim("two_dense", alternative="hidden_64"),
        make_claim("formula", subject="graph", variant="functional", margin=1e-9),
        make_claim("opinion", why="it is one"),
        curve_claim([1.0] * 20, experiment="deep_mlp", variant="sequential"),
        faster_claim(
            experiment="wide_deep",
            variant="functional",
            metric="cost_per_sample",
            baseline={"experiment": "deep_mlp", "variant": "sequential"},
        ),
    ]
    refuse_unplanned(accepted, planned, STUDY.experiments)
