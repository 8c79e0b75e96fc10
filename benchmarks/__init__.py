"""Measures what the study's own machinery costs. Run by hand, on a quiet machine: `make bench`."""
