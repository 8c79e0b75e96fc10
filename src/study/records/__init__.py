"""What crosses the process boundary: plans go in, trial records and observations come out."""
