import hashlib
import json
import mimetypes
import os
import shlex
import sys
from modulefinder import ModuleFinder
from pathlib import Path
from typing import get_args

# Before a module of this name that PYTHONPATH may lead to.
sys.path.insert(0, str(Path("src").absolute()))

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod

from study.common import checkout, location, surroundings
from study.common.atomic import write_text
from study.common.errors import StudyError
from study.planning.architectures import architectures, datasets
from study.claims.files import claim_files, load_claims
from study.claims.margins import load_margins, refuse_unfixed
from study.claims.planned import refuse_unplanned
from study.config.origins import load_origins
from study.config.datasets import MIRROR_VARIABLE, load_datasets
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.config.validation import did_you_mean
from study.config.editions import editions, names, reasons
from study.runtimes.gpus import refuse_unusable
from study.planning.forecast import forecast
from study.planning.plan import Job, jobs
from study.planning.resources import load_measured
from study.planning.run import PATH as RUN_FILE
from study.records.models import Probe
from study.runtimes.runtime import made_of


def read_configuration():
    """Everything that `config/` and the command line say, or an error before any work starts."""
    study = load_study("config/study.yaml", {**config, **deployed(), **reported()})
    load_origins(study)
    runtimes, claims = load_runtimes(gpu=study.gpu), load_claims()
    refuse_unusable(study, runtimes)
    refuse_unfixed(claims, load_margins())
    refuse_unplanned(claims, fully_planned(runtimes), study.experiments)
    published = load_datasets()
    chosen = editions(published, study.edition, os.environ.get(MIRROR_VARIABLE))
    plans = jobs(study, list(runtimes), names(chosen))
    return study, runtimes, published, chosen, plans


def deployed():
    """Who provides the runtimes, as --sdm says: Snakemake's own containers would see the driver's packages too."""
    chosen = workflow.deployment_settings.deployment_method
    return {"provider": "apptainer"} if DeploymentMethod.APPTAINER in chosen else {}


def reported():
    """How the run was configured of which `snakemake --report` tells: only of its results can it."""
    return captions.configuration() if REPORTS else {}


def caption_of(kind, name):
    """Title and caption, for `snakemake --report`, of a figure or a sample; see `captions`."""
    return config["captions"][kind][name]


def is_made(path):
    """Whether a file is what this run made of it, or found to be up to date."""
    return any(
        path in job.output
        and (workflow.dag.finished(job) or not workflow.dag.needrun(job))
        for job in workflow.dag.jobs
    )


def say_answer():
    """Tell where the report is, if this run made one."""
    if is_made("reports/report.html"):
        from study.report import ending

        is_evidence = STUDY.is_evidence(STUDY.scale)
        print(ending.answer(STUDY.scale, is_evidence), file=sys.stderr)


def say_failures():
    """Tell what failed, with its log."""
    from study.report import ending

    failed = [(job.rule.name, job.log) for job in workflow.scheduler.failed]
    print(ending.failures(failed), file=sys.stderr)


def setup_options(study):
    """Tell a step who provides the runtimes, and which of them train on the GPU."""
    return shlex.join(["--provider", study.provider, "--gpu", *study.gpu])


def configured(study):
    """What to write after --config so that another command means the same study, whatever config/study.yaml says."""
    said = {
        name: getattr(study, name) for name in ("scale", "edition", "provider", "gpu")
    }
    return shlex.join(
        f"{name}={json.dumps(value) if isinstance(value, list) else value}"
        for name, value in said.items()
        if value
    )


def fully_planned(runtimes):
    """Trials of the scale full, which every claim must find: a smaller scale may leave some out."""
    study = load_study("config/study.yaml", {**config, "scale": "full"})
    plans = jobs(study, list(runtimes))
    return [trial for plan in plans.values() for trial in plan.trials]


def prefix_of_steps():
    """What comes before each step's command: they run with the Python of this process, or with that of conda's environment."""
    with_conda = (
        DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
    )
    own = shlex.quote(str(Path(sys.executable).parent))
    path = "" if with_conda else f'PATH={own}:"$PATH" '
    return f"set -euo pipefail; export {path}PYTHONPATH=src; "


try:
    location.refuse_unusable(
        Path(workflow.basedir), Path.cwd(), Path(sys.executable).parent
    )
except StudyError as error:
    raise WorkflowError(str(error)) from None

if workflow.is_main_process:
    CHECKOUT = checkout.enter()
surroundings.isolate()
shell.prefix(prefix_of_steps())

# Then no step runs.
REPORTS = any(option.partition("=")[0] == "--report" for option in sys.argv)
if REPORTS:
    from study.report import captions

    mimetypes.add_type("application/x-ipynb+json", ".ipynb")

try:
    STUDY, RUNTIMES, DATASETS, EDITIONS, PLANS = read_configuration()
    SETUP, CONFIGURED = setup_options(STUDY), configured(STUDY)
    # What each runtime is made of beside its lock: an image that changed is another runtime.
    MADE_OF = {name: made_of(name, each, STUDY) for name, each in RUNTIMES.items()}
    if REPORTS:
        config["captions"] = captions.captions()
except StudyError as error:
    raise WorkflowError(str(error)) from None

MEASURED = load_measured()
# Datasets in use, looked up once: each time plans the whole study.
USED = datasets(STUDY)
# Of these, those whose images are cleaned.
CLEANED = [name for name in USED if name in EDITIONS]
# A rule that judges claims is found by its name, which modulefinder does not follow.
RULES_OF_CLAIMS = [
    f"study.verdicts.rules.{path.stem}"
    for path in Path("src/study/verdicts/rules").glob("[!_]*.py")
]
CLAIMS = [str(file) for file in claim_files()]
PROBES = get_args(Probe)
READ_NETWORKS = ("structures", "programs")
# What each runtime showed in programs that are no training.
OBSERVATIONS = expand(
    "results/probes/{probe}/{runtime}.jsonl", probe=PROBES, runtime=RUNTIMES
)
TIMED = [job for job, plan in PLANS.items() if plan.trials[0].timed]


def job_of(wildcards):
    """The job that a rule's wildcards name."""
    return Job(
        wildcards.scale,
        wildcards.experiment,
        wildcards.series,
        wildcards.runtime,
        int(wildcards.block),
    )


def plan_for(wildcards):
    """What a job trains; an error with the nearest job where none is planned."""
    job = job_of(wildcards)
    if job not in PLANS:
        raise WorkflowError(
            f"{job.path} is no job of the scale {STUDY.scale}: {did_you_mean(job.path, [each.path for each in PLANS])}"
        )
    return PLANS[job]


def datasets_for(wildcards):
    """Prepared datasets that the trials of a job read."""
    return prepared(trained_on(wildcards))


def pixels_for(wildcards):
    """Pixels that the trials of a job read."""
    return pixels_of(trained_on(wildcards))


def trained_on(wildcards):
    """Names of the datasets that the trials of a job read."""
    return sorted({trial.dataset for trial in plan_for(wildcards).trials})


def prepared(names):
    """Files of prepared datasets; of images they name the content of the pixels."""
    return [f"data/processed/{name}/{name}.npz" for name in names]


def pixels_of(names):
    """Files of pixels, gigabytes that need only be there: that they changed can be seen in the prepared dataset."""
    return [
        f"data/processed/{name}/{name}.pixels" for name in names if name in EDITIONS
    ]


def results_of_jobs(folder, suffix):
    """One file a job."""
    return [f"results/{folder}/{job.path}{suffix}" for job in PLANS]


def all_cores():
    """Cores that a step may take which takes all; where nothing runs, as for `snakemake --report`, none are given."""
    try:
        return workflow.cores or 1
    except WorkflowError:
        return 1


def taken_by(step):
    """Memory (MB) and time (minutes) that a step asks of a cluster; on one machine they limit nothing."""
    return {
        "mem_mb": lambda wildcards, threads: MEASURED.step(step, threads)["mem_mb"],
        "runtime": MEASURED.step(step)["runtime"],
    }


def taken_by_trials():
    """The same of a job of trials, which its plan decides."""
    return {
        name: lambda wildcards, name=name: MEASURED.job(plan_for(wildcards))[name]
        for name in ("mem_mb", "runtime")
    }


def gpus_of(wildcards):
    """How many GPUs a runtime trains on."""
    return int(wildcards.runtime in STUDY.gpu)


def digest(text):
    """What stands for a text that is too long to be shown whenever it changes."""
    return hashlib.sha256(text.encode()).hexdigest()


def threads_of(wildcards):
    """Threads that the trials of a job compute with."""
    return max(trial.settings.threads or 1 for trial in plan_for(wildcards).trials)


def previous_timed(wildcards):
    """The timed job that comes just before: timed jobs run one after another in the planned order."""
    job = job_of(wildcards)
    place = TIMED.index(job) if job in TIMED else 0
    return [f"results/trials/{TIMED[place - 1].path}.jsonl"] if place else []


def edition_option(plan):
    """Tell a plan the edition of its dataset, if that has several."""
    chosen = {trial.edition for trial in plan.trials if trial.edition}
    return " ".join(f"--edition {edition}" for edition in chosen)


def archive_of(wildcards):
    """The archive that holds the edition in use of a dataset."""
    return f"data/raw/{wildcards.dataset}/{EDITIONS[wildcards.dataset].archive}"


def code_of(*modules):
    """Source files of this project that modules run: their own, and those of all that they import."""
    scripts = [f"src/{module.replace('.', '/')}.py" for module in modules]
    finder = ModuleFinder(path=["src"])
    for script in scripts:
        finder.run_script(script)
    imported = [found.__file__ for found in finder.modules.values() if found.__file__]
    return sorted({os.path.relpath(file) for file in (*scripts, *imported)})


def recorded_code(kind, experiment=""):
    """What a kind of record (a trial, or an observation of a probe) calls its code; see `trials.code`."""
    folder = Path("src/trials")
    patterns = json.loads((folder / "code.json").read_text(encoding="utf-8"))[kind]
    found = (folder.glob(pattern.format(experiment=experiment)) for pattern in patterns)
    return sorted(str(path) for paths in found for path in paths)


def probed_data(wildcards):
    """What the probes of networks read: every network's architecture, and what only the structures do, every dataset."""
    if wildcards.probe not in READ_NETWORKS:
        return []
    counted = prepared(USED)
    counted += expand("data/processed/{dataset}/audit.json", dataset=CLEANED)
    return [
        "results/probes/architectures.json",
        *(counted if wildcards.probe == "structures" else []),
    ]


wildcard_constraints:
    scale="|".join(STUDY.scales),
    experiment="|".join(STUDY.experiments),
    runtime="|".join(RUNTIMES),
    dataset="|".join(DATASETS),
    series=r"\w+",
    block=r"\d+",
