rule collect:
    input:
        records=results_of_jobs("trials", ".jsonl"),
        code=code_of("study.records.collect"),
    output:
        trials="results/trials.parquet",
        epochs="results/epochs.parquet",
        records="results/trials.jsonl.gz",
    log:
        "results/logs/collect.log",
    benchmark:
        "results/benchmarks/collect.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("collect"),
    message:
        "Collecting trial records"
    shell:
        "python -m study.records.collect {input.records} --trials {output.trials} --epochs {output.epochs}"
        " --out {output.records} 2>&1 | tee {log}"


rule observations:
    input:
        observations=OBSERVATIONS,
        code=code_of("study.records.observations"),
    output:
        "results/observations.jsonl.gz",
    log:
        "results/logs/observations.log",
    benchmark:
        "results/benchmarks/observations.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("observations"),
    message:
        "Gathering what the probes observed"
    shell:
        "python -m study.records.observations {input.observations} --out {output} 2>&1 | tee {log}"


rule judge:
    input:
        trials="results/trials.jsonl.gz",
        observations="results/observations.jsonl.gz",
        claims=CLAIMS,
        # How many runs are planned, and how data differ from what was published.
        planned=["config/study.yaml", "config/runtimes.yaml"],
        datasets="config/datasets.yaml",
        margins="config/margins.json",
        code=code_of("study.verdicts.judge", *RULES_OF_CLAIMS),
    output:
        "results/verdicts.json",
    log:
        "results/logs/judge.log",
    benchmark:
        "results/benchmarks/judge.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("judge"),
    message:
        "Judging claims"
    shell:
        "python -m study.verdicts.judge {input.trials} --observations {input.observations} --out {output} 2>&1 | tee {log}"


rule summary:
    input:
        trials="results/trials.jsonl.gz",
        verdicts="results/verdicts.json",
        claims=CLAIMS,
        study="config/study.yaml",
        code=code_of("study.report.summary"),
    output:
        expand(
            "results/{name}",
            name=("metrics.json", "medians.json", "curves.csv", "ratios.csv"),
        ),
    log:
        "results/logs/summary.log",
    benchmark:
        "results/benchmarks/summary.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("summary"),
    message:
        "Summing the run up"
    shell:
        "python -m study.report.summary {input.trials} --verdicts {input.verdicts} --out results 2>&1 | tee {log}"


# What the judging is worth. No run of the study needs it: it is asked for by name, after the judging or the claims change.
# The report shows the one that is committed, reports/calibration.json.
rule calibration:
    input:
        trials="reports/reference/amd-epyc-2-cores/trials.jsonl.gz",
        claims=CLAIMS,
        code=code_of("study.calibration.summary", *RULES_OF_CLAIMS),
    output:
        "results/calibration.json",
    log:
        "results/logs/calibration.log",
    benchmark:
        "results/benchmarks/calibration.tsv"
    conda:
        "../../environment.yml"
    threads: all_cores()
    resources:
        **taken_by("calibration"),
    message:
        "Simulating studies with a known truth"
    shell:
        "python -m study.calibration.summary {input.trials} --cores {threads} --out {output} 2>&1 | tee {log}"
