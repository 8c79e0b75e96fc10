"""How far a run is: what is on disk compared with what it was to do. Nothing here takes a lock, or long to load."""
