from study.planning.architectures import datasets


rule figures:
    input:
        trials="results/trials.jsonl.gz",
        observations="results/observations.jsonl.gz",
        verdicts="results/verdicts.json",
        claims=CLAIMS,
        code=code_of("study.figures.__main__"),
    output:
        report(
            directory("reports/figures"),
            patterns=["{figure}.svg"],
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        "results/logs/figures.log",
    benchmark:
        "results/benchmarks/figures.tsv"
    conda:
        "../../environment.yml"
    message:
        "Drawing the figures"
    shell:
        "python -m study.figures {input.trials} --observations {input.observations} --verdicts {input.verdicts}"
        " --out {output} 2>&1 | tee {log}"


    resources:
        **taken_by("figures"),
rule samples:
    input:
        datasets=prepared(datasets(STUDY)),
        pixels=ancient(pixels_of(CLEANED)),
        cleaning=expand("data/processed/{dataset}/audit.json", dataset=CLEANED),
        dropped=ancient(expand("reports/dropped/{dataset}", dataset=CLEANED)),
        code=code_of("study.figures.samples"),
    output:
        directory("reports/samples"),
    log:
        "results/logs/samples.log",
    benchmark:
        "results/benchmarks/samples.tsv"
    conda:
        "../../environment.yml"
    message:
        "Drawing samples of {input.datasets}"
    shell:
        "python -m study.figures.samples {input.datasets} --dropped reports/dropped --out {output} 2>&1 | tee {log}"


rule notebooks:
    input:
        notebook="workflow/notebooks/experiment.ipynb",
        trials="results/trials.parquet",
        epochs="results/epochs.parquet",
        code=[*code_of("study.report.notebooks"), *code_of("study.notebooks.run")],
    output:
        expand("reports/notebooks/{experiment}.ipynb", experiment=STUDY.experiments),
    log:
    resources:
        **taken_by("samples"),
        "results/logs/notebooks.log",
    benchmark:
        "results/benchmarks/notebooks.tsv"
    conda:
        "../../environment.yml"
    message:
        "Running the notebook for every experiment"
    shell:
        "python -m study.report.notebooks --trials {input.trials} --epochs {input.epochs} --out reports/notebooks"
        " 2>&1 | tee {log}"


rule report:
    input:
        trials="results/trials.jsonl.gz",
        observations="results/observations.jsonl.gz",
        verdicts="results/verdicts.json",
        claims=CLAIMS,
        sources="config/sources.yaml",
        # Of folders Snakemake knows no content, only time stamps: they count when they are made again.
        figures=ancient("reports/figures"),
        samples=ancient("reports/samples"),
        notebooks=rules.notebooks.output,
        page=sorted(map(str, Path("workflow/report").iterdir())),
        code=code_of("study.report.page"),
    output:
        "reports/report.html",
    log:
    resources:
        **taken_by("notebooks"),
        "results/logs/report.log",
    benchmark:
        "results/benchmarks/report.tsv"
    conda:
        "../../environment.yml"
    message:
        "Writing reports/report.html"
    shell:
        "python -m study.report.page {input.trials} --observations {input.observations} --verdicts {input.verdicts}"
        " --figures {input.figures} --samples {input.samples} --notebooks reports/notebooks --out {output}"
        " 2>&1 | tee {log}"


# Comes last, so that a run in which a trial failed still has its report, which shows the gap.
rule complete:
    input:
        trials="results/trials.jsonl.gz",
        verdicts="results/verdicts.json",
        report="reports/report.html",
        code=code_of("study.report.complete"),
    output:
        "results/complete.json",
    log:
        "results/logs/complete.log",
    benchmark:
        "results/benchmarks/complete.tsv"
    conda:
        "../../environment.yml"
    params:
        config=shlex.quote(CONFIGURED),
    message:
        "Checking that every trial ended as planned"
    shell:
    resources:
        **taken_by("report"),
        "python -m study.report.complete {input.trials} {input.verdicts} --config {params.config} --out {output}"
        " 2>&1 | tee {log}"
    resources:
        **taken_by("complete"),
