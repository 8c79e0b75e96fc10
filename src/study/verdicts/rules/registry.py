"""How each rule turns evidence into a finding: `RULES` names them all; here are those of failures and arithmetic."""

from study.verdicts.finding import Rule
from study.verdicts.rules.arithmetic import arithmetic
from study.verdicts.rules.capability import capability
from study.verdicts.rules.curve import curve
from study.verdicts.rules.equal import equal
from study.verdicts.rules.fails import fails
from study.verdicts.rules.formula import formula
from study.verdicts.rules.network import network
from study.verdicts.rules.opinion import opinion
from study.verdicts.rules.order import order
from study.verdicts.rules.structure import structure
from study.verdicts.rules.value import value

RULES: dict[str, Rule] = {
    "value": value,
    "curve": curve,
    "order": order,
    "equal": equal,
    "fails": fails,
    "arithmetic": arithmetic,
    "structure": structure,
    "network": network,
    "capability": capability,
    "formula": formula,
    "opinion": opinion,
}
