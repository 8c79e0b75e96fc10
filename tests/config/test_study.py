"""Mistakes in the configuration are refused before any work starts: file, line, key, nearest valid name."""

from pathlib import Path

import pytest

from study.claims.files import load_claims
from study.claims.planned import refuse_unplanned
from study.config.datasets import load_datasets
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.config.validation import ConfigError, line_of, load_yaml
from study.planning.plan import jobs

STUDY = Path("config/study.yaml")
CLAIMS = Path("config/claims/000_526f6d27c917e2f4.yaml")
# Between the epochs and the first arm of an experiment that has no alternatives.


def changed(path: Path, folder: Path, old: str, new: str) -> tuple[Path, int]:
    """Copy a file with the first `old` replaced; also the line where `new` begins to differ."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    copy = folder / path.name
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    lines = zip(text.splitlines(), copy.read_text(encoding="utf-8").splitlines(), strict=False)
    return copy, next(number for number, (line, other) in enumerate(lines, start=1) if line != other)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("dataset: mnist", "dataset: mnsit", ["unknown dataset 'mnsit'", "did you mean 'mnist'?"]),
        ("[functional, subclass], b", "[funcional, subclass], b", ["unknown variant 'funcional'", "'functional'?"]),
        ("runtimes: [tf-2.0.0, tf", "runtimes: [tf-2.0.1, tf", ["unknown runtime 'tf-2.0.1'", "'tf-2.0.0'?"]),
        ("not_on: [tf-1.15.0, tf", "not_on: [tf-1.15, tf", ["unknown runtime 'tf-1.15'", "'tf-1.15.0'?"]),
        (
            "[hidden_784, hidden_2",
            "[hiden_784, hidden_2",
            ["unknown alternative 'hiden_784'", "did you mean 'hidden_784'?"],
        ),
        ("{variants: all, not_on", "{variants: al, not_on", ["variants: 'al' is neither 'all' nor a list of names"]),
        ("{variants: all, not_on", "{variants: [], not_on", ["variants: [] is neither 'all' nor a list of names"]),
        ("{variants: [sequential]}", "{variant: sequential}", ["variant: unknown key", "did you mean 'variants'?"]),
        ("scale: full", "scale: ful", ["'ful' is not known", "did you mean 'full'?"]),
        ("epochs: {smoke: 2, ", "epochs: {smoke: -2, ", ["epochs.smoke", "greater than 0", "found -2"]),
        ("batch_size: 32", "batchsize: 32", ["batchsize: unknown key", "did you mean 'batch_size'?"]),
        ("protocol: as_published", "protocol: as_publish", ["'as_publish' is not known", "'as_published'?"]),
        ("timed: false", "timed: maybe", ["timed", "found 'maybe'"]),
        (
            "factors: &threads {threads: [1, 2]}",
            "factors: &threads {thread: [1, 2]}",
            ["thread: unknown key", "'threads'?"],
        ),
        ("&threads {threads: [1, 2]}", "&threads {threads: [1, 1]}", ["threads", "a level comes twice"]),
        ("&threads {threads: [1, 2]}", "&threads {threads: [1, 0]}", ["threads.1", "greater than 0, found 0"]),
        ("settings: {threads: 1, steps", "settings: {run_eagerly: true, steps", ["run_eagerly leaves no graph"]),
        ("name: adam", "name: adamm", ["'adamm' is not known", "did you mean 'adam'?"]),
    ],
)
def test_a_mistake_in_the_study_is_named_with_its_line(tmp_path, old, new, words):
    path, line = changed(STUDY, tmp_path, old, new)
    with pytest.raises(ConfigError) as raised:
        load_study(path)
    message = str(raised.value)
    assert f"study.yaml:{line}: " in message
    for word in words:
        assert word in message


def test_an_arm_of_all_alternatives_needs_some(tmp_path):
    path, _ = changed(STUDY, tmp_path, "    alternatives: *otherwise\n", "")
    with pytest.raises(ConfigError, match=r"study.yaml:\d+: the experiment has no alternatives"):
        load_study(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rule: value", "rule: valu", ["'valu' is not known", "did you mean 'value'?"]),
        ("resolution: 1\n", "resoluton: 1\n", ["resoluton: unknown key", "did you mean 'resolution'?"]),
        ("metric: epoch_seconds", "metric: epoch_second", ["'epoch_second' is not known", "'epoch_seconds'?"]),
    ],
)
def test_a_mistake_in_the_claims_is_named_with_its_line(tmp_path, old, new, words):
    path, line = changed(CLAIMS, tmp_path, old, new)
    with pytest.raises(ConfigError) as raised:
        load_claims(path)
    assert f"{path.name}:{line}: " in str(raised.value)
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize(
    ("field", "wrong", "hint"),
    [
        ("experiment", "softmax_regresion", "softmax_regression"),
        ("variant", "sequentail", "sequential"),
        ("runtime", "tf-1.15.1", "tf-1.15.0"),
    ],
)
def test_a_claim_about_a_trial_that_no_plan_produces_is_refused(field, wrong, hint):
    claims = load_claims()
    claims[0] = claims[0].model_copy(update={field: wrong})
    study = load_study(overrides={"scale": "full"})
    plans = jobs(study, list(load_runtimes()))
    with pytest.raises(ConfigError) as raised:
        refuse_unplanned(claims, [trial for plan in plans.values() for trial in plan.trials], study.experiments)
    for word in (claims[0].id, wrong, hint, f"{CLAIMS}:"):
        assert word in str(raised.value)


def test_a_wrong_value_on_the_command_line_is_called_that():
    with pytest.raises(ConfigError, match=r"^--config: scale: 'smok' is not known; did you mean 'smoke'\?"):
        load_study(overrides={"scale": "smok"})


def test_an_unknown_key_on_the_command_line_is_called_that():
    with pytest.raises(ConfigError, match=r"^--config: scael: unknown key; did you mean 'scale'\?"):
        load_study(overrides={"scael": "smoke"})


def test_a_missing_file_is_named():
    with pytest.raises(ConfigError, match=r"config/nothing.yaml: cannot be read: No such file"):
        load_runtimes("config/nothing.yaml")


def test_broken_yaml_is_named_with_its_place(tmp_path):
    path = tmp_path / "runtimes.yaml"
    path.write_text("tf-1.15.0: {python: '3.7'\nx: [", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"runtimes.yaml: not valid YAML: (.|\n)*line 2"):
        load_runtimes(path)


def test_line_of_finds_keys_and_list_items():
    text = "a:\n  b: 1\n  c:\n    - x\n    - y\n"
    assert [line_of(text, loc) for loc in [("a", "b"), ("a", "c", 1), ("a", "nothing"), ()]] == [2, 5, 1, 1]


def test_what_is_committed_is_valid():
    assert {"mnist"} <= set(load_datasets())
    assert load_yaml(STUDY, dict)["scale"] == "full"


@pytest.mark.parametrize("scale", ["smok", "quik"])
def test_snakemake_refuses_an_unknown_scale_before_any_work(checkout, scale):
    done = checkout.snakemake("--dry-run", scale=scale)
    assert done.returncode != 0
    assert f"'{scale}' is not known; did you mean" in done.stdout
    assert "Traceback" not in done.stdout
    assert not (checkout.root / "results").exists()
