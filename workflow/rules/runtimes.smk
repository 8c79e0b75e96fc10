rule runtime:
    input:
        lock=lambda wildcards: RUNTIMES[wildcards.runtime].lock,
        code=[
            "src/study/runtimes/description.py",
            "src/study/runtimes/interpreters.py",
            "src/study/runtimes/runtime.py",
            "src/study/runtimes/commands.py",
            "src/study/runtimes/isolation.py",
            *map(str, sorted(Path("src/study/runtimes/providers").glob("*.py"))),
            "src/trials/describe.py",
            "workflow/envs/python-downloads.json",
        ],
    output:
        "results/runtimes/{runtime}.json",
    log:
        "results/logs/runtime/{runtime}.log",
    benchmark:
        "results/benchmarks/runtime/{runtime}.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("runtime"),
    params:
        made_of=lambda wildcards: MADE_OF[wildcards.runtime],
        setup=SETUP,
    message:
        "Setting up {wildcards.runtime}"
    shell:
        "python -m study.runtimes.runtime {wildcards.runtime} --out {output} {params.setup} 2>&1 | tee {log}"
