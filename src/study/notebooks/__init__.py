"""What the notebooks need when somebody opens them by hand."""
