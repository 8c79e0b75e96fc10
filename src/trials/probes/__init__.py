"""Programs that are no training: what an API can do, whether formulas hold, what a network is made of.

Each probe is a module or a package with `cells(arguments)`, which yields what to observe. The files that it is made of
stand in `code.json`.
"""
