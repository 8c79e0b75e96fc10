"""Runtimes in the order of their versions, not of the alphabet."""


def version_of(runtime: str) -> tuple[int, ...]:
    """Version numbers in a runtime's name: `tf-2.10.0` gives (2, 10, 0)."""
    return tuple(int(part) for part in runtime.removeprefix("tf-").split("."))
