"""What DVC keeps: pointers of the raw data, and a safe exchange with a remote."""
