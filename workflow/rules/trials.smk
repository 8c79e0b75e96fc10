rule plan:
    input:
        code=code_of("study.planning.plan"),
    output:
        "results/plans/{scale}/{experiment}/{series}/{runtime}/{block}.json",
    log:
        "results/logs/plan/{scale}/{experiment}/{series}/{runtime}/{block}.log",
    benchmark:
        "results/benchmarks/plan/{scale}/{experiment}/{series}/{runtime}/{block}.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("plan"),
    params:
        plan=lambda wildcards: digest(plan_for(wildcards).text()),
        job=lambda wildcards: job_of(wildcards).path,
        edition=lambda wildcards: edition_option(plan_for(wildcards)),
    message:
        "Planning {params.job}"
    shell:
        "python -m study.planning.plan {params.job} {params.edition} --out {output} 2>&1 | tee {log}"


# Exit status 3 says that a trial failed unexpectedly: its record is kept, the study goes on, and rule `complete` ends the
# run with that failure.
rule trials:
    input:
        plan="results/plans/{scale}/{experiment}/{series}/{runtime}/{block}.json",
        datasets=datasets_for,
        pixels=ancient(pixels_for),
        runtime="results/runtimes/{runtime}.json",
        code=lambda wildcards: recorded_code("trial", wildcards.experiment),
        previous=ancient(previous_timed),
    output:
        "results/trials/{scale}/{experiment}/{series}/{runtime}/{block}.jsonl",
    log:
        "results/logs/trials/{scale}/{experiment}/{series}/{runtime}/{block}.log",
    benchmark:
        "results/benchmarks/trials/{scale}/{experiment}/{series}/{runtime}/{block}.tsv"
    conda:
        "../../environment.yml"
    threads: threads_of
    resources:
        **taken_by_trials(),
        gpu=gpus_of,
    params:
        alone=lambda wildcards: "--alone" if job_of(wildcards) in TIMED else "",
        setup=SETUP,
        journal="results/journal/{scale}/{experiment}/{series}/{runtime}/{block}.jsonl",
    message:
        "Running {wildcards.experiment}, {wildcards.series}, block {wildcards.block} on {wildcards.runtime}"
    shell:
        "(python -m study.runtimes.start {wildcards.runtime} {params.alone} {params.setup} -- trials {input.plan} {output}"
        " --data data/processed --journal {params.journal} 2>&1 | tee {log}) || [ $? -eq 3 ]"


# A timed job has the machine to itself. Where there is none, no series may match.
use rule trials as timed_trials with:
    wildcard_constraints:
        series="|".join({job.series for job in TIMED}) or "none",
    threads: all_cores()


ruleorder: timed_trials > trials
