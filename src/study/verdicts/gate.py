"""What an answer must pass besides its test: nothing that a study does is worse than to contradict what is so."""

from collections.abc import Sequence

from study.analysis.evidence import Evidence
from study.claims.models import Claim, ComparingClaim, MeasuredClaim
from study.common.text import count, listed
from study.verdicts.finding import Finding
from study.verdicts.models import Answer, Asked
from study.verdicts.rules import judged

# A second batch asks one question, which the first has put: it needs no correction for the number of questions.
ALPHA = 0.05
ONE_EXAMPLE = "That is an example of what is said of all; one that did not fit would contradict it."


def passed(claim: Claim, answer: Answer, sensitivity: Sequence[Asked], evidence: Evidence) -> Answer:
    """Let an answer stand that contradicts nothing or passes; make any other one unresolved, and say what is missing.

    A claim about what was trained is contradicted only after all planned runs, with every assumption tried, and if a
    second batch, of other seeds and on another day, contradicts it, too. What a setting was fitted to is not judged.
    That something is always so is not reproduced by an example.
    """
    if claim.fitted and answer.n:
        return answer.model_copy(
            update={"verdict": "fitted", "reason": f"Fitted to this number: {claim.fitted}. {answer.reason}"}
        )
    if claim.universal and answer.verdict == "reproduced":
        return answer.model_copy(update={"verdict": "consistent", "reason": f"{answer.reason} {ONE_EXAMPLE}"})
    if answer.verdict != "contradicted" or answer.p_against is None or not isinstance(claim, MeasuredClaim):
        return answer
    missing = [*_missing(claim, answer, sensitivity, evidence)]
    if not missing:
        return answer.model_copy(update={"reason": f"{answer.reason} A second batch confirms it."})
    reason = f"{answer.reason} That would contradict it, but {listed(missing)}."
    return answer.model_copy(update={"verdict": "unresolved", "reason": reason})


def _missing(claim: MeasuredClaim, answer: Answer, sensitivity: Sequence[Asked], evidence: Evidence) -> list[str]:
    """What keeps the answer from standing."""
    planned = _planned(claim, evidence)
    missing = [f"only {answer.n} of {planned} planned runs have ended"] if answer.n < planned else []
    untried = [other.text for other in sensitivity if other.verdict in ("not run", "too few runs")]
    missing += [f"not tried is: {'; '.join(untried)}"] if untried else []
    again = judged(claim, evidence.batch(confirming=True))
    missing += [problem] if (problem := _unconfirmed(again)) else []
    return missing


def _planned(claim: MeasuredClaim, evidence: Evidence) -> int:
    """How many runs, or pairs of runs, the study plans for a claim."""
    arms = [claim.selection, *([claim.baseline] if isinstance(claim, ComparingClaim) else [])]
    numbers = [
        sum(
            arm.selects(trial) and trial.timed == claim.timed and not trial.replicate and not trial.confirms
            for trial in evidence.planned
        )
        for arm in arms
    ]
    return sum(numbers) if claim.rule == "equal" else min(numbers)


def _unconfirmed(again: Finding) -> str | None:
    """Why a second batch does not confirm what the first found; None if it does."""
    if not again.n:
        return "no second batch has confirmed it yet"
    if again.test is None:
        return f"the second batch has only {count(again.n, 'run')}"
    return None if again.test.contradicts <= ALPHA else "a second batch does not confirm it"
