"""Decisions: what the estimates mean for each claim, a rule for each kind of statement."""
