"""Draws the figures of all experiments from trials, observations and verdicts."""

from study.figures.draw import main

if __name__ == "__main__":
    main()
