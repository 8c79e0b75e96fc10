"""Whether a network has the layers that a source names, in that order."""

from collections import defaultdict
from collections.abc import Sequence

from study.analysis.evidence import Evidence
from study.analysis.observed import network_of
from study.claims.rules import LayersClaim
from study.common.text import listed
from study.networks.models import Layer
from study.verdicts.finding import Finding, always


def judge(claim: LayersClaim, evidence: Evidence) -> Finding:
    """Whether every network that the claim speaks of has these layers, and no other."""
    observations = [each for each in evidence.observed(claim.probe, claim.selection) if each.values.get("layers")]
    if not observations:
        return Finding(always("not run", f"No runtime has shown {claim.selection.network}."))
    found: dict[str, set[str]] = defaultdict(set)
    holds = True
    for observation in observations:
        layers = [layer for layer in network_of(observation).layers if layer.type != "InputLayer"]
        found[", ".join(map(_text, layers))].add(f"{observation.variant} on {observation.runtime}")
        holds &= _fits(claim.layers, layers)
    places = "; ".join(f"{text} ({listed(sorted(where))})" for text, where in found.items())
    reason = f"The layers of {claim.subject} are: {places if len(found) > 1 else next(iter(found))}."
    return Finding(always("followed" if holds else "not run", reason), n=len(observations))


def _fits(named: Sequence[str], layers: Sequence[Layer]) -> bool:
    """Whether the layers are as many as are named, and each is all that is said of it."""
    return len(named) == len(layers) and all(
        set(words.split()) <= set(_text(layer).split()) for words, layer in zip(named, layers, strict=True)
    )


def _text(layer: Layer) -> str:
    units = layer.output_shape[-1] if layer.type == "Dense" and layer.output_shape else ""
    activation = "" if layer.activation in (None, "linear") else layer.activation
    return " ".join(filter(None, [layer.type, str(units), activation]))
