"""Summary before the first call: it counts every parameter before data comes."""

import re

from trials.probes.attempt import require
from trials.probes.capabilities import _small_network as small
from trials.probes.capabilities._common import TARGET, A, each_api, trained


def check(build, prepare=small.as_it_is):
    """See that the summary counts all parameters before data comes."""
    model = build()
    prepare(model)
    text = small.summary_of(model)
    for number in (*small.N_PARAMETERS, sum(small.N_PARAMETERS)):
        require(re.search(rf"\b{number}\b", text), f"the summary does not count {number} parameters")
    trained(model, A, TARGET)


ATTEMPTS = each_api(check, **small.BEFORE_FIRST_CALL)
