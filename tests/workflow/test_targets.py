"""What somebody asks of Snakemake by name."""


def test_a_job_that_is_not_planned_is_refused_with_the_nearest_one(checkout):
    asked = "results/trials/smoke/mlp_64/accuracy/tf-2.0.0/9.jsonl"
    done = checkout.snakemake("--dry-run", asked)
    assert done.returncode != 0
    nearest = "did you mean 'smoke/mlp_64/accuracy/tf-2.0.0/1'?"
    assert f"smoke/mlp_64/accuracy/tf-2.0.0/9 is no job of the scale smoke: {nearest}" in done.stdout
    assert "KeyError" not in done.stdout


def test_what_the_checkout_lost_is_named_with_the_way_to_get_it_back(checkout, tmp_path):
    """Not linked to itself, which would hide that it is gone."""
    lost = checkout.copy(tmp_path / "lost")
    (lost.root / "reports/calibration.json").unlink()
    done = lost.snakemake("--dry-run")
    assert done.returncode != 0
    assert (
        "reports/calibration.json is missing: get it back with `git checkout reports/calibration.json`" in done.stdout
    )
    assert not (lost.root / "reports/calibration.json").is_symlink()
