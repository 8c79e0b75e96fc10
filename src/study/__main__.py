"""Runs the command `study`."""

from study.cli.main import study

if __name__ == "__main__":
    study()
