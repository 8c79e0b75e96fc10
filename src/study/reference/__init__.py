"""Committed results of full runs: kept with their code, derived again, verified."""
