"""Takes networks and training steps apart."""
