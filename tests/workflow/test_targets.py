"""What somebody asks of Snakemake by name."""


def test_a_job_that_is_not_planned_is_refused_with_the_nearest_one(checkout):
    asked = "results/trials/smoke/mlp_64/accuracy/tf-2.0.0/9.jsonl"
    done = checkout.snakemake("--dry-run", asked)
    assert done.returncode != 0
    nearest = "did you mean 'smoke/mlp_64/accuracy/tf-2.0.0/1'?"
    assert f"smoke/mlp_64/accuracy/tf-2.0.0/9 is no job of the scale smoke: {nearest}" in done.stdout
    assert "KeyError" not in done.stdout
