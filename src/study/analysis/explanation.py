"""Finds what explains why something happens in some cases and not in others."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations

Case = tuple[Mapping[str, Hashable], bool]


def condition(cases: Sequence[Case], at_most: int = 1) -> dict[str, list[Hashable]] | None:
    """Circumstances that hold in all cases in which it happens and, together, in no other.

    Parameters
    ----------
    cases
        The circumstances of each case, by name, and whether it happened. All cases have the same names.
    at_most
        How many circumstances an explanation may name; the fewest that explain are taken, the first named first.

    Returns
    -------
    dict or None
        The values that each named circumstance has where it happens. None if nothing explains it, also because it
        happens always or never.
    """
    happened = [circumstances for circumstances, true in cases if true]
    if not happened or len(happened) == len(cases):
        return None
    for size in range(1, at_most + 1):
        for names in combinations(happened[0], size):
            values = {name: list(dict.fromkeys(each[name] for each in happened)) for name in names}
            if all(true == all(each[name] in values[name] for name in names) for each, true in cases):
                return values
    return None
