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
            caption="../report/captions/figure.rst",
            category="Figures",
            subcategory=lambda wildcards: caption_of("figures", wildcards.figure)[
                "of"
            ],
            labels=lambda wildcards: {
                "figure": caption_of("figures", wildcards.figure)["title"]
            },
        ),
    log:
        "results/logs/figures.log",
    benchmark:
        "results/benchmarks/figures.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("figures"),
    message:
        "Drawing the figures"
    shell:
        "python -m study.figures {input.trials} --observations {input.observations} --verdicts {input.verdicts}"
        " --out {output} 2>&1 | tee {log}"


rule samples:
    input:
        datasets=prepared(USED),
        pixels=ancient(pixels_of(CLEANED)),
        cleaning=expand("data/processed/{dataset}/audit.json", dataset=CLEANED),
        dropped=ancient(expand("reports/dropped/{dataset}", dataset=CLEANED)),
        code=code_of("study.figures.samples"),
    output:
        report(
            directory("reports/samples"),
            patterns=["{sample}.png", "{sample}.svg"],
            caption="../report/captions/sample.rst",
            category="Images of the datasets",
            labels=lambda wildcards: {
                "image": caption_of("samples", wildcards.sample)["title"]
            },
        ),
    log:
        "results/logs/samples.log",
    benchmark:
        "results/benchmarks/samples.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("samples"),
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
        [
            report(
                f"reports/notebooks/{experiment}.ipynb",
                caption="../report/captions/notebook.rst",
                category="Notebooks",
                labels={"experiment": experiment},
            )
            for experiment in STUDY.experiments
        ],
    log:
        "results/logs/notebooks.log",
    benchmark:
        "results/benchmarks/notebooks.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("notebooks"),
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
        # What the experiments are, and where their settings come from.
        experiments=["config/study.yaml", "config/origins.yaml"],
        calibration="reports/calibration.json",
        # Of folders Snakemake knows no content, only time stamps: they count when they are made again.
        figures=ancient("reports/figures"),
        samples=ancient("reports/samples"),
        notebooks=rules.notebooks.output,
        page=sorted(map(str, Path("workflow/report").glob("*.*"))),
        code=code_of("study.report.page"),
    output:
        report(
            "reports/report.html",
            caption="../report/captions/page.rst",
            category="Report",
            labels={"page": "The report"},
        ),
    log:
        "results/logs/report.log",
    benchmark:
        "results/benchmarks/report.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("report"),
    message:
        "Writing reports/report.html"
    shell:
        "python -m study.report.page {input.trials} --observations {input.observations} --verdicts {input.verdicts}"
        " --figures {input.figures} --samples {input.samples} --notebooks reports/notebooks --out {output}"
        " 2>&1 | tee {log}"


rule verdict_table:
    input:
        verdicts="results/verdicts.json",
        claims=CLAIMS,
        page=("workflow/report/verdicts.html.j2", "workflow/report/report.css"),
        code=code_of("study.report.verdict_table"),
    output:
        html=report(
            "reports/verdicts.html",
            caption="../report/captions/verdicts.rst",
            category="Report",
            labels={"page": "Every verdict, as a table"},
        ),
        csv=report(
            "reports/verdicts.csv",
            caption="../report/captions/verdicts.rst",
            category="Report",
            labels={"page": "The same table, as CSV"},
        ),
    log:
        "results/logs/verdict_table.log",
    benchmark:
        "results/benchmarks/verdict_table.tsv"
    conda:
        "../../environment.yml"
    resources:
        **taken_by("verdict_table"),
    message:
        "Writing the table of verdicts"
    shell:
        "python -m study.report.verdict_table {input.verdicts} --html {output.html} --csv {output.csv} 2>&1 | tee {log}"


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
    resources:
        **taken_by("complete"),
    params:
        config=shlex.quote(CONFIGURED),
    message:
        "Checking that every trial ended as planned"
    shell:
        "python -m study.report.complete {input.trials} {input.verdicts} --config {params.config} --out {output}"
        " 2>&1 | tee {log}"


onsuccess:
    say_answer()


onerror:
    say_answer()
    say_failures()
