"""Durations in words."""

MINUTE, HOUR = 60, 3600


def about(seconds: float) -> str:
    """Write about how long something takes, as exactly as an estimate deserves."""
    if seconds < MINUTE:
        return f"about {round(seconds)} s"
    if seconds < HOUR:
        return f"about {round(seconds / MINUTE)} min"
    hours, minutes = divmod(round(seconds / MINUTE / 5) * 5, 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"
