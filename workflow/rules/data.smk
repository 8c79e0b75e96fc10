rule fetch:
    input:
        code=code_of("study.fetch"),
    output:
        "data/raw/{dataset}/{file}",
    log:
        "results/logs/fetch/{dataset}/{file}.log",
    benchmark:
        "results/benchmarks/fetch/{dataset}/{file}.tsv"
    conda:
        "../../environment.yml"
    params:
        file=lambda wildcards: DATASETS[wildcards.dataset]
        .files[wildcards.file]
        .model_dump(),
    message:
        "Fetching {wildcards.dataset}/{wildcards.file}"
    shell:
        "python -m study.fetch {wildcards.dataset} {wildcards.file} --out {output} 2>&1 | tee {log}"


rule prepare:
    input:
        raw=lambda wildcards: [
            f"data/raw/{wildcards.dataset}/{file}"
            for file in DATASETS[wildcards.dataset].files
        ],
        code=code_of("study.prepare"),
    output:
        "data/processed/{dataset}/{dataset}.npz",
    log:
        "results/logs/prepare/{dataset}.log",
    benchmark:
        "results/benchmarks/prepare/{dataset}.tsv"
    conda:
        "../../environment.yml"
    message:
        "Preparing {wildcards.dataset}"
    shell:
        "python -m study.prepare {wildcards.dataset} --raw data/raw/{wildcards.dataset} --out {output} 2>&1 | tee {log}"
