"""Estimates: what trials and observations show, whatever a source says. No verdict is given here."""
