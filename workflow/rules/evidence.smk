rule collect:
    input:
        records=results_of_jobs("trials", ".jsonl"),
        code=code_of("study.collect"),
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
    message:
        "Collecting trial records"
    shell:
        "python -m study.collect {input.records} --trials {output.trials} --epochs {output.epochs}"
        " --out {output.records} 2>&1 | tee {log}"


rule judge:
    input:
        trials="results/trials.jsonl.gz",
        claims=CLAIMS,
        code=code_of("study.judge"),
    output:
        "results/verdicts.json",
    log:
        "results/logs/judge.log",
    benchmark:
        "results/benchmarks/judge.tsv"
    conda:
        "../../environment.yml"
    params:
        ledger=LEDGER,
    message:
        "Judging claims"
    shell:
        "python -m study.judge {input.trials} --claims {params.ledger} --out {output} 2>&1 | tee {log}"
