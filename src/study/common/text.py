"""Words and numbers in sentences."""

from collections.abc import Sequence

import numpy as np

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# A smaller power of ten is written as one.
LEAST_PLAIN_POWER = -4
NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number_word(number: int) -> str:
    """Write a small number as a word."""
    return NUMBER_WORDS[number] if number < len(NUMBER_WORDS) else str(number)


def count(number: int, noun: str) -> str:
    """Write how many there are of `noun`."""
    return f"{number_word(number)} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Write names as a list in a sentence."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def sentence(text: str) -> str:
    """Begin `text` with a capital letter; names in it stay as they are."""
    return text[:1].upper() + text[1:]


def plain(number: float) -> str:
    """Write a number without an exponent, to six significant digits."""
    return np.format_float_positional(float(f"{number:.6g}"), trim="-")


def small(number: float) -> str:
    """Write a number that may be very small, to two significant digits, below a thousandth with a power of ten."""
    mantissa, _, power = f"{number:.1e}".partition("e")
    if not number or int(power) > LEAST_PLAIN_POWER:
        return plain(float(f"{number:.2g}"))
    return f"{mantissa}\u00a0×\u00a010{str(int(power)).translate(SUPERSCRIPTS)}"
