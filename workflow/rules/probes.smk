wildcard_constraints:
    probe="|".join(PROBES),


rule architectures:
    input:
        code=code_of("study.planning.architectures"),
    output:
        "results/probes/architectures.json",
    log:
        "results/logs/architectures.log",
    benchmark:
        "results/benchmarks/architectures.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("architectures"),
    params:
        architectures=digest(architectures(STUDY)),
        scale=STUDY.scale,
    message:
        "Listing what networks are made of"
    shell:
        "python -m study.planning.architectures --scale {params.scale} --out {output} 2>&1 | tee {log}"


rule probe:
    input:
        runtime="results/runtimes/{runtime}.json",
        data=probed_data,
        code=lambda wildcards: recorded_code(wildcards.probe),
    output:
        "results/probes/{probe}/{runtime}.jsonl",
    log:
        "results/logs/probe/{probe}/{runtime}.log",
    benchmark:
        "results/benchmarks/probe/{probe}/{runtime}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **taken_by("probe"),
        gpu=gpus_of,
    params:
        setup=SETUP,
        data=lambda wildcards: (
            "--architectures results/probes/architectures.json --data data/processed"
            if wildcards.probe in READ_NETWORKS
            else ""
        ),
    message:
        "Looking at {wildcards.probe} on {wildcards.runtime}"
    shell:
        "python -m study.runtimes.start {wildcards.runtime} {params.setup} -- trials.probes {wildcards.probe} {output}"
        " {params.data} 2>&1 | tee {log}"
