"""How the time of an epoch depends on the API, and on the version: ratios of every experiment that was timed."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import get_args

import numpy as np

from study.analysis.evidence import Evidence
from study.analysis.paired_ratio import PairedRatio, paired_ratio
from study.claims.selection import Measure, Selection
from study.claims.vocabulary import Api
from study.config.runtimes import version_of

EPOCH_SECONDS = Measure(metric="epoch_seconds")


def between_apis(evidence: Evidence) -> list[PairedRatio]:
    """Each API against each other on one version, both trained with `fit`: where enough blocks have both."""
    networks = sorted({arm.changed(variant=None) for arm in _timed(evidence)}, key=str)
    pairs = [
        (network.changed(variant=one), network.changed(variant=other))
        for network in networks
        for one, other in combinations(get_args(Api), 2)
    ]
    return list(_measured(pairs, evidence))


def between_versions(evidence: Evidence) -> dict[tuple[str, str], list[PairedRatio]]:
    """Each version, named second, against the one before it: every API and experiment that ran on both."""
    arms = sorted(_timed(evidence), key=str)
    versions = sorted({str(arm.runtime) for arm in arms}, key=version_of)
    return {
        (older, newer): list(
            _measured([(arm, arm.changed(runtime=older)) for arm in arms if arm.runtime == newer], evidence)
        )
        for older, newer in pairwise(versions)
    }


def quartiles(ratios: Sequence[PairedRatio]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of ratios, of which there is one at least."""
    low, median, high = np.quantile([ratio.value for ratio in ratios if ratio.value is not None], [0.25, 0.5, 0.75])
    return float(low), float(median), float(high)


def _timed(evidence: Evidence) -> set[Selection]:
    """Arms of the three APIs that were timed."""
    return {
        Selection(experiment=t.experiment, variant=t.variant, runtime=t.runtime, alternative=t.alternative)
        for t in evidence.trials
        if t.timed and t.protocol == "as_published" and t.variant in get_args(Api)
    }


def _measured(pairs: list[tuple[Selection, Selection]], evidence: Evidence) -> Iterator[PairedRatio]:
    ratios = (paired_ratio(one, other, EPOCH_SECONDS, evidence) for one, other in pairs)
    return (ratio for ratio in ratios if ratio.interval)
