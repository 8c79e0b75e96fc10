"""Whether something does not run."""

from study.analysis.evidence import Evidence
from study.analysis.observed import describe_error
from study.claims.rules import FailsClaim
from study.common.text import count, number_word
from study.verdicts.finding import Finding, always


def judge(claim: FailsClaim, evidence: Evidence) -> Finding:
    """Whether every trial failed, timed ones only where there are no others."""
    ended = evidence.trials_of(claim.selection)
    ended = [trial for trial in ended if not trial.timed] or ended
    ran = sum(trial.status == "completed" for trial in ended)
    total = count(len(ended), "trial")
    if not ended:
        return Finding(always("not run", f"There is no trial of {claim.selection.text}."))
    if ran:
        return Finding(
            always("contradicted", f"It ran to its end in {number_word(ran)} of {total}."), ended, len(ended)
        )
    errors = {describe_error(trial.error) for trial in ended if trial.error}
    reason = f"It failed each time it was run ({total}): {' '.join(sorted(errors))}"
    return Finding(always("reproduced", reason), ended, len(ended))
