"""DVC's one stage calls Snakemake, keeps the results' bytes, and does nothing when nothing changed."""

import json


def test_dvc_runs_the_study_once_and_shows_its_metrics(smoke, tmp_path):
    finished = smoke.copy(tmp_path / "finished")
    study = finished.root / "config/study.yaml"
    study.write_text(study.read_text("utf-8").replace("scale: full", "scale: smoke"), "utf-8")

    first = finished.run("dvc", "repro")
    assert first.returncode == 0, first.stdout
    assert "Nothing to be done" in first.stdout, "Snakemake had finished the study before"

    second = finished.run("dvc", "repro")
    assert "didn't change, skipping" in second.stdout

    metrics = finished.run("dvc", "metrics", "show", "--json")
    shown = next(iter(json.loads(metrics.stdout).values()))["data"]["results/complete.json"]["data"]
    assert shown == json.loads((finished.root / "results/complete.json").read_text("utf-8"))
