"""What a run does: its jobs and the planned trials of each, and the networks that probes look at."""
