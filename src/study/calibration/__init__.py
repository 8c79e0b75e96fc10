"""How often the judging errs: studies with a known truth, drawn at random and judged by the study's own code."""
