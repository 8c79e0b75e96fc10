"""Figures of the study, a module a subject: what is drawn, and what each figure shows in words."""
