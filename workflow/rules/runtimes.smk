rule runtime:
    input:
        lock=lambda wildcards: RUNTIMES[wildcards.runtime].lock,
        code=[
            "src/study/interpreters.py",
            "src/study/runtime.py",
            "src/trials/describe.py",
        ],
    output:
        "results/runtimes/{runtime}.json",
    log:
        "results/logs/runtime/{runtime}.log",
    benchmark:
        "results/benchmarks/runtime/{runtime}.tsv"
    conda:
        "../../environment.yml"
    params:
        python=lambda wildcards: RUNTIMES[wildcards.runtime].python,
    message:
        "Setting up {wildcards.runtime}"
    shell:
        "python -m study.runtime {wildcards.runtime} --out {output} 2>&1 | tee {log}"
