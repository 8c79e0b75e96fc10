rule figures:
    input:
        trials="results/trials.parquet",
        epochs="results/epochs.parquet",
        verdicts="results/verdicts.json",
        claims=CLAIMS,
        code=code_of("study.figures"),
    output:
        report(
            expand("reports/figures/{{experiment}}/{figure}.svg", figure=FIGURES),
            category="{experiment}",
        ),
    log:
        "results/logs/figures/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/{experiment}.tsv"
    conda:
        "../../environment.yml"
    params:
        folder=subpath(output[0], parent=True),
    message:
        "Drawing the figures of {wildcards.experiment}"
    shell:
        "python -m study.figures {wildcards.experiment} --trials {input.trials} --epochs {input.epochs}"
        " --verdicts {input.verdicts} --out {params.folder} 2>&1 | tee {log}"


rule notebook:
    input:
        notebook="workflow/notebooks/experiment.ipynb",
        trials="results/trials.parquet",
        epochs="results/epochs.parquet",
        code=code_of("study.versions"),
    output:
        "reports/notebooks/{experiment}.ipynb",
    log:
        "results/logs/notebook/{experiment}.log",
    benchmark:
        "results/benchmarks/notebook/{experiment}.tsv"
    conda:
        "../../environment.yml"
    message:
        "Running the notebook of {wildcards.experiment}"
    shell:
        "papermill {input.notebook} {output} --kernel python3 --no-progress-bar -p trials {input.trials}"
        " -p epochs {input.epochs} -p experiment {wildcards.experiment} 2>&1 | tee {log}"


rule report:
    input:
        trials="results/trials.jsonl.gz",
        verdicts="results/verdicts.json",
        claims=CLAIMS,
        figures=expand(
            "reports/figures/{experiment}/{figure}.svg",
            experiment=STUDY.experiments,
            figure=FIGURES,
        ),
        notebooks=expand(
            "reports/notebooks/{experiment}.ipynb", experiment=STUDY.experiments
        ),
        page=["workflow/report/report.html.j2", "workflow/report/report.css"],
        captions=expand("workflow/report/captions/{figure}.txt", figure=FIGURES),
        code=code_of("study.report"),
    output:
        "reports/report.html",
    log:
        "results/logs/report.log",
    benchmark:
        "results/benchmarks/report.tsv"
    conda:
        "../../environment.yml"
    message:
        "Writing reports/report.html"
    shell:
        "python -m study.report {input.trials} {input.verdicts} --chapters reports --out {output} 2>&1 | tee {log}"


# Comes last, so that a run in which a trial failed still has its report, which shows the gap.
rule complete:
    input:
        trials="results/trials.jsonl.gz",
        verdicts="results/verdicts.json",
        report="reports/report.html",
        code=code_of("study.complete"),
    output:
        "results/complete.json",
    log:
        "results/logs/complete.log",
    benchmark:
        "results/benchmarks/complete.tsv"
    conda:
        "../../environment.yml"
    message:
        "Checking that every trial ended as planned"
    shell:
        "python -m study.complete {input.trials} {input.verdicts} --out {output} 2>&1 | tee {log}"


rule reference:
    input:
        trials="results/trials.jsonl.gz",
        verdicts="results/verdicts.json",
        report="reports/report.html",
        complete="results/complete.json",
        code=code_of("study.reference"),
    output:
        touch("results/reference.done"),
    log:
        "results/logs/reference.log",
    benchmark:
        "results/benchmarks/reference.tsv"
    conda:
        "../../environment.yml"
    message:
        "Keeping this machine's results under reports/reference/"
    shell:
        "python -m study.reference {input.trials} {input.verdicts} {input.report} --out reports/reference"
        " 2>&1 | tee {log}"
