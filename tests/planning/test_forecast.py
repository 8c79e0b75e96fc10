"""What is expected to follow the trials is what the workflow makes of them."""

import re

from study.planning.forecast import AFTER_TRIALS

NODE, EDGE = re.compile(r'^\s*(\d+)\[label = "(\w+)"', re.MULTILINE), re.compile(r"^\s*(\d+) -> (\d+)$", re.MULTILINE)


def test_what_follows_the_trials_is_what_is_made_of_them(checkout):
    graph = checkout.snakemake("--rulegraph").stdout
    names, edges = dict(NODE.findall(graph)), EDGE.findall(graph)
    following = {number for number, name in names.items() if name in ("trials", "timed_trials")}
    while more := {after for before, after in edges if before in following} - following:
        following |= more
    made = {names[number] for number in following} - {"trials", "timed_trials", "all"}
    assert made == set(AFTER_TRIALS)
