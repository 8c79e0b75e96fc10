"""Attacks on the study."""
