"""Claims that no training run answers: every verdict about a structure, a capability, a formula and an opinion."""

import json

import pytest
from factories import make_claim, make_observation, make_trial, timed, untimed
from hypothesis import given
from hypothesis import strategies as some

from study.records.collect import write_trials
from study.records.observations import write_observations
from study.verdicts import judge as judge_module
from study.verdicts.judge import judge
from study.verdicts.models import Verdict

RUNTIMES = ("tf-1.15.0", "tf-2.0.0", "tf-2.10.0", "tf-2.21.0")


def verdict_of(claim, observations=(), trials=()) -> Verdict:
    return judge([claim], trials, observations)[0]


# ---- capability ----


def capability_claim(expected, **changes):
    return make_claim("capability", subject="shared_layers", variant="sequential", expected=expected, **changes)


def cells(*statuses, **changes):
    """Observations of one capability, a runtime each: `works`, `after X` or an error."""
    fields = {"variant": "sequential"} | changes
    made = []
    for runtime, status in zip(RUNTIMES, statuses, strict=False):
        kind = {"status": "works"} if status == "works" else {"error": status}
        if status.startswith("after "):
            kind = {"status": "works after", "remedy": status.removeprefix("after ")}
        made.append(make_observation("capabilities", "shared_layers", runtime=runtime, **kind, **fields))
    return made


def test_what_works_everywhere_is_reproduced_and_said_to_fail_contradicted():
    seen = cells("works", "works")
    found = verdict_of(capability_claim("works"), seen)
    assert (found.verdict, found.n, found.measured) == ("reproduced", 2, None)
    assert found.reason == "Shared layers (sequential): works on tf-1.15.0 and tf-2.0.0."
    assert verdict_of(capability_claim("fails"), seen).verdict == "contradicted"


def test_what_works_after_a_remedy_works_with_a_workaround_and_contradicts_failing():
    seen = cells("works", "after a call of Build()", "after a call of Build()")
    found = verdict_of(capability_claim("works"), seen)
    assert found.verdict == "works with a workaround"
    assert found.reason == (
        "Shared layers (sequential): works on tf-1.15.0, tf-2.0.0 and tf-2.10.0. "
        "On tf-2.0.0 and tf-2.10.0 only with a remedy: a call of Build()."
    )
    denied = verdict_of(capability_claim("fails"), seen)
    assert denied.verdict == "contradicted"
    assert "only with a remedy: a call of Build()" in denied.reason


def test_what_fails_anywhere_does_not_work_and_the_error_is_told():
    seen = cells("works", "TypeError: Keras says No\nand more")
    found = verdict_of(capability_claim("works"), seen)
    assert found.verdict == "contradicted"
    assert found.reason == (
        "Shared layers (sequential): depends on the version, works on tf-1.15.0, fails on tf-2.0.0. "
        "On tf-2.0.0: TypeError: Keras says No."
    )
    assert verdict_of(capability_claim("works", runtime="tf-1.15.0"), seen).verdict == "reproduced"


def test_what_fails_everywhere_is_as_claimed():
    seen = cells("ValueError: x", "ValueError: x")
    found = verdict_of(capability_claim("fails"), seen)
    assert found.verdict == "reproduced"
    assert found.reason == (
        "Shared layers (sequential): fails on tf-1.15.0 and tf-2.0.0. On tf-1.15.0 and tf-2.0.0: ValueError: x."
    )


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        (["V: x", "V: x", "works"], "contradicted"),
        (["V: x", "V: x", "after a call"], "works with a workaround"),
        (["V: x", "after a call"], "works with a workaround"),
    ],
)
def test_what_fails_but_for_a_remedy_works_with_a_workaround(statuses, verdict):
    found = verdict_of(capability_claim("fails"), cells(*statuses))
    assert found.verdict == verdict
    assert "depends on the version" in found.reason


def test_what_fails_for_want_of_a_package_says_nothing_about_the_api():
    for expected in ("works", "fails"):
        found = verdict_of(capability_claim(expected), cells("works", "ImportError: you must install pydot"))
        assert found.verdict == "not testable here"
        assert "you must install pydot" in found.reason


def test_where_a_runtime_is_named_it_alone_decides():
    seen = cells("V: x", "V: x", "works")
    assert verdict_of(capability_claim("fails", runtime="tf-2.10.0"), seen).verdict == "contradicted"


def test_an_error_is_told_without_addresses_which_differ_in_every_run():
    seen = cells("TypeError: <Dense object at 0x7f60c192f790>.", "TypeError: <Dense object at 0x7f60c1a50490>.")
    told = "On tf-1.15.0 and tf-2.0.0: TypeError: <Dense object>."
    assert verdict_of(capability_claim("fails"), seen).reason.endswith(told)


def test_only_cells_of_the_api_and_of_the_subject_count():
    others = [*cells("V: x", variant="functional"), make_observation("capabilities", "branches", error="V: x")]
    assert verdict_of(capability_claim("works"), others).verdict == "not run"
    assert verdict_of(capability_claim("works"), [*others, *cells("works")]).n == 1
    assert "No runtime tried shared layers (sequential)" in verdict_of(capability_claim("works"), others).reason


# ---- formula ----


def formula_claim(**changes):
    return make_claim("formula", **({"subject": "mean_loss", "variant": "functional", "margin": 1e-9} | changes))


def differences(*values, **changes):
    fields = {"variant": "functional"} | changes
    return [
        make_observation(
            "formulas", "mean_loss", runtime=runtime, values={"largest_relative_difference": value}, **fields
        )
        for runtime, value in zip(RUNTIMES, values, strict=False)
    ]


def test_a_formula_within_the_margin_on_every_runtime_is_reproduced():
    found = verdict_of(formula_claim(), differences(1e-15, 3e-14, 2e-15))
    assert (found.verdict, found.measured, found.n) == ("reproduced", 3e-14, 3)
    assert found.reason == (
        "On tf-1.15.0, tf-2.0.0 and tf-2.10.0 formula and model differ by 3.0e-14 at most, relatively (on tf-2.0.0), "
        "within 1e-09."
    )


def test_a_formula_beyond_the_margin_on_one_runtime_is_contradicted():
    found = verdict_of(formula_claim(), differences(1e-15, 0.5))
    assert (found.verdict, found.measured) == ("contradicted", 0.5)
    assert "more than 1e-09" in found.reason


def test_a_formula_that_gives_no_number_is_not_within_any_margin():
    assert verdict_of(formula_claim(), differences(1e-15, float("nan"))).verdict == "contradicted"


def test_a_formula_that_could_not_be_computed_everywhere_is_unresolved():
    broken = make_observation("formulas", "mean_loss", variant="functional", runtime="tf-2.21.0", error="V: x")
    found = verdict_of(formula_claim(), [*differences(1e-15), broken])
    assert found.verdict == "unresolved"
    assert "but tf-2.21.0 could not compute it" in found.reason
    assert verdict_of(formula_claim(), [broken]).verdict == "not run"
    assert verdict_of(formula_claim(), [*differences(0.5), broken]).verdict == "contradicted"
    assert verdict_of(formula_claim(runtime="tf-1.15.0"), [*differences(1e-15), broken]).verdict == "reproduced"


@given(values=some.lists(some.floats(0, 1), min_size=1, max_size=4), margin=some.floats(0, 1), more=some.floats(0, 1))
def test_a_wider_margin_never_makes_a_formula_wrong(values, margin, more):
    narrow, wide = (
        verdict_of(formula_claim(margin=width), differences(*values)).verdict for width in (margin, margin + more)
    )
    assert narrow == "contradicted" or wide == "reproduced"


# ---- structure ----


def networks(*n_parameters, **changes):
    return [
        make_observation("structures", "deep_mlp", runtime=runtime, **({"values": {"n_parameters": number}} | changes))
        for runtime, number in zip(RUNTIMES, n_parameters, strict=False)
    ]


def structure_claim(**changes):
    return make_claim("structure", **({"subject": "deep_mlp", "fact": "n_parameters", "published": 235146} | changes))


def test_a_structure_is_exact():
    seen = networks(235146, 235146, variant="sequential")
    found = verdict_of(structure_claim(), seen)
    assert (found.verdict, found.measured, found.n, found.interval) == ("reproduced", 235146, 2, None)
    assert found.reason == "The number of parameters of deep_mlp is 235146; published is 235146."
    assert verdict_of(structure_claim(published=235147), seen).verdict == "contradicted"


def test_every_value_of_a_structure_is_told():
    seen = [*networks(10, variant="sequential"), *networks(10, 12, variant="subclass")]
    found = verdict_of(structure_claim(published=10), seen)
    assert (found.verdict, found.measured, found.n) == ("contradicted", None, 3)
    assert found.reason == (
        "The number of parameters of deep_mlp is 10 (sequential on tf-1.15.0 and subclass on tf-1.15.0); "
        "12 (subclass on tf-2.0.0); published is 10."
    )
    assert verdict_of(structure_claim(published=10, variant="sequential"), seen).verdict == "reproduced"


def test_what_could_not_be_built_shows_nothing():
    broken = make_observation("structures", "deep_mlp", variant="subclass", runtime="tf-2.21.0", error="V: x")
    found = verdict_of(structure_claim(), [*networks(235146, variant="sequential"), broken])
    assert (found.verdict, found.n) == ("reproduced", 1)
    assert found.reason.endswith(" Nothing shows it of subclass on tf-2.21.0.")
    assert verdict_of(structure_claim(), [broken]).verdict == "not run"
    assert verdict_of(structure_claim()).reason == "Nothing here shows the number of parameters of deep_mlp."


def test_a_dataset_has_a_structure_too():
    seen = [make_observation("structures", "mnist", runtime=runtime, values={"n_train": 60000}) for runtime in RUNTIMES]
    found = verdict_of(structure_claim(subject="mnist", fact="n_train", published=60000), seen)
    assert (found.verdict, found.reason) == (
        "reproduced",
        "The number of training samples of mnist is 60000; published is 60000.",
    )


@pytest.mark.parametrize(
    ("fact", "published", "so", "otherwise"),
    [
        *((fact, number, "followed", "not run") for fact, number in (("n_train", 60000), ("n_epochs", 2))),
        *((fact, number, "followed", "not run") for fact, number in (("batch_size", 32), ("n_validation", 0))),
        ("steps_per_epoch", 1875, "reproduced", "contradicted"),
    ],
)
def test_a_fact_of_the_trials_is_counted_in_those_that_are_not_timed(fact, published, so, otherwise):
    trials = [*untimed([0.9, 0.91]), *timed([1.0], n_train=16000)]
    claim = make_claim("structure", fact=fact, published=published, variant=None, runtime=None)
    found = verdict_of(claim, trials=trials)
    assert (found.verdict, found.measured, found.n) == (so, published, 2)
    assert found.trials == [trial.plan_sha256 for trial in trials[:2]]
    assert verdict_of(claim.model_copy(update={"published": published + 1.0}), trials=trials).verdict == otherwise


def test_what_the_study_copies_is_followed_unless_the_claim_says_that_it_came_out():
    seen = networks(None, values={"units_1": 300})[:1]
    claim = structure_claim(fact="units_1", published=300)
    assert verdict_of(claim, seen).verdict == "followed"
    assert verdict_of(claim.model_copy(update={"copied": False}), seen).verdict == "reproduced"


def test_the_last_batch_of_an_epoch_may_be_smaller():
    claim = make_claim("structure", fact="steps_per_epoch", published=1719)
    assert verdict_of(claim, trials=[make_trial(n_train=55000)]).verdict == "reproduced"


@pytest.mark.parametrize(
    ("fact", "published", "verdict"), [("n_train", 22480, "followed"), ("steps_per_epoch", 703, "reproduced")]
)
def test_where_the_dataset_has_fewer_samples_than_planned_these_count(fact, published, verdict):
    claim = make_claim("structure", fact=fact, published=published)
    trials = [make_trial(n_train=22495, n_train_available=22480)]
    assert verdict_of(claim, trials=trials).verdict == verdict


def test_facts_of_other_alternatives_and_of_failed_trials_do_not_count():
    claim = make_claim("structure", fact="n_train", published=60000)
    others = [make_trial(alternative="all", n_train=100), make_trial(error="V: x", n_train=200)]
    assert verdict_of(claim, trials=others).verdict == "not run"
    assert verdict_of(claim, trials=[*others, make_trial()]).verdict == "followed"


# ---- opinion ----


def test_an_opinion_is_left_as_it_is():
    claim = make_claim("opinion", why="Ease is asked of people.")
    found = verdict_of(claim)
    assert (found.verdict, found.reason, found.n) == ("opinion", "Ease is asked of people.", 0)


# ---- the order of what was observed, and the command ----


@given(shuffled=some.permutations(cells("works", "after a call", "V: x", "W: y")))
def test_the_order_of_the_observations_does_not_matter(shuffled):
    claims = [capability_claim("works"), capability_claim("fails", id="b")]
    assert judge(claims, [], shuffled) == judge(claims, [], cells("works", "after a call", "V: x", "W: y"))


def test_the_command_judges_what_probes_observed(tmp_path):
    claims, trials, observations = tmp_path / "claims.yaml", tmp_path / "t.jsonl.gz", tmp_path / "o.jsonl.gz"
    text = capability_claim("works").model_dump(exclude_none=True, exclude_defaults=True)
    claims.write_text(json.dumps([text]), encoding="utf-8")  # JSON is YAML
    write_trials(trials, untimed([0.9]))
    write_observations(observations, cells("works", "works"))
    chosen = [str(trials), "--claims", str(claims), "--out", str(tmp_path / "verdicts.json")]

    def judged(*more):
        judge_module.main([*chosen, *more])
        return json.loads((tmp_path / "verdicts.json").read_text("utf-8"))[0]["verdict"]

    assert judged("--observations", str(observations)) == "reproduced"
    assert judged() == "not run"
