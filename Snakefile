"""The study, from published datasets to a report that answers every published statement."""

from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/place.smk"


configfile: "config/study.yaml"


# What `snakemake --report` says first.
report: "workflow/report/captions/study.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/runtimes.smk"
include: "workflow/rules/trials.smk"
include: "workflow/rules/probes.smk"
include: "workflow/rules/evidence.smk"
include: "workflow/rules/report.smk"


# On a cluster: what needs the network, which its nodes often lack, or a second.
localrules:
    fetch,
    plan,
    runtime,


rule all:
    default_target: True
    input:
        "reports/report.html",
        "reports/verdicts.html",
        "results/metrics.json",
        "results/complete.json",
