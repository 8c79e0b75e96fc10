"""Takes networks and training steps apart, and names each by a hash of what it computes."""
