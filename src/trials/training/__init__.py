"""Trains and tests planned trials: all code that can change a number of a trial's record, but for its experiment.

What a record calls its code is this package (see `trials.code`), so nothing here imports anything of the runner that is
outside of it, except experiments. Progress text, journal and command line are outside: a change there repeats no trial.
"""
