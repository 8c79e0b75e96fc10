rule fetch:
    input:
        code=code_of("study.data.fetch"),
    output:
        "data/raw/{dataset}/{file}",
    log:
        "results/logs/fetch/{dataset}/{file}.log",
    benchmark:
        "results/benchmarks/fetch/{dataset}/{file}.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("fetch"),
    params:
        file=lambda wildcards: DATASETS[wildcards.dataset]
        .files[wildcards.file]
        .model_dump(),
    message:
        "Fetching {wildcards.dataset}/{wildcards.file}"
    shell:
        "python -m study.data.fetch {wildcards.dataset} {wildcards.file} --out {output} 2>&1 | tee {log}"


# Of a dataset that is an archive of images, not the four files that MNIST is published as.
WITH_IMAGES = "|".join(EDITIONS)


onstart:
    for line in reasons({dataset: EDITIONS[dataset] for dataset in CLEANED}):
        print(line, file=sys.stderr)
    write_text(
        RUN_FILE,
        forecast(STUDY, PLANS, RUNTIMES, EDITIONS, all_cores()).text(),
    )


rule prepare:
    input:
        raw=lambda wildcards: [
            f"data/raw/{wildcards.dataset}/{file}"
            for file in DATASETS[wildcards.dataset].files
        ],
        code=code_of("study.data.prepare"),
    output:
        "data/processed/{dataset}/{dataset}.npz",
    log:
        "results/logs/prepare/{dataset}.log",
    benchmark:
        "results/benchmarks/prepare/{dataset}.tsv"
    wildcard_constraints:
        dataset="|".join(name for name in DATASETS if name not in EDITIONS),
    conda:
        "../../environment.yml"
    resources:
        **taken_by("prepare"),
    message:
        "Preparing {wildcards.dataset}"
    shell:
        "python -m study.data.prepare {wildcards.dataset} --raw data/raw/{wildcards.dataset} --out {output} 2>&1 | tee {log}"


# What the manifest there knows already is not checked again, so it is not deleted before.
rule clean:
    input:
        archive=archive_of,
        code=code_of("study.data.clean"),
    output:
        update("data/processed/{dataset}/manifest.parquet"),
    log:
        "results/logs/clean/{dataset}.log",
    benchmark:
        "results/benchmarks/clean/{dataset}.tsv"
    wildcard_constraints:
        dataset=WITH_IMAGES,
    conda:
        "../../environment.yml"
    threads: all_cores()
    resources:
        **taken_by("clean"),
    params:
        edition=lambda wildcards: EDITIONS[wildcards.dataset].name,
        seed=STUDY.seed,
    message:
        "Cleaning {wildcards.dataset}, edition {params.edition}"
    shell:
        "python -m study.data.clean {wildcards.dataset} --archive {input.archive} --edition {params.edition}"
        " --seed {params.seed} --processes {threads} --out {output} 2>&1 | tee {log}"


rule decode:
    input:
        archive=archive_of,
        manifest="data/processed/{dataset}/manifest.parquet",
        code=code_of("study.data.decode"),
    output:
        pixels="data/processed/{dataset}/{dataset}.pixels",
        index="data/processed/{dataset}/{dataset}.npz",
    log:
        "results/logs/decode/{dataset}.log",
    benchmark:
        "results/benchmarks/decode/{dataset}.tsv"
    wildcard_constraints:
        dataset=WITH_IMAGES,
    conda:
        "../../environment.yml"
    threads: all_cores()
    resources:
        **taken_by("decode"),
    params:
        edition=lambda wildcards: EDITIONS[wildcards.dataset].name,
    message:
        "Decoding {wildcards.dataset}, edition {params.edition}"
    shell:
        "python -m study.data.decode {wildcards.dataset} --archive {input.archive} --manifest {input.manifest}"
        " --processes {threads} --pixels {output.pixels} --out {output.index} 2>&1 | tee {log}"


rule audit:
    input:
        archive=archive_of,
        manifest="data/processed/{dataset}/manifest.parquet",
        code=code_of("study.data.audit"),
    output:
        "data/processed/{dataset}/audit.json",
    log:
        "results/logs/audit/{dataset}.log",
    benchmark:
        "results/benchmarks/audit/{dataset}.tsv"
    wildcard_constraints:
        dataset=WITH_IMAGES,
    conda:
        "../../environment.yml"
    resources:
        **taken_by("audit"),
    message:
        "Auditing what cleaning dropped of {wildcards.dataset}, and what others drop"
    shell:
        "python -m study.data.audit --archive {input.archive} --manifest {input.manifest} --out {output} 2>&1 | tee {log}"


rule dropped:
    input:
        archive=archive_of,
        manifest="data/processed/{dataset}/manifest.parquet",
        code=code_of("study.figures.dropped"),
    output:
        directory("reports/dropped/{dataset}"),
    log:
        "results/logs/dropped/{dataset}.log",
    benchmark:
        "results/benchmarks/dropped/{dataset}.tsv"
    wildcard_constraints:
        dataset=WITH_IMAGES,
    conda:
        "../../environment.yml"
    resources:
        **taken_by("dropped"),
    message:
        "Drawing what was dropped of {wildcards.dataset}"
    shell:
        "python -m study.figures.dropped --archive {input.archive} --manifest {input.manifest} --out {output}"
        " 2>&1 | tee {log}"
