"""Programs that are no training: what an API can do, whether formulas hold, what a network is made of.

Each probe is a module with `programs(arguments)`, which yields what to observe, and `code()`, the files it is made of.
"""
