"""Ways to have a runtime on a machine: what each makes of a lock or an image, and how it starts its Python."""
