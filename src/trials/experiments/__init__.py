"""One module an experiment. Each maps its variants' names to what trains them, in `VARIANTS`."""
