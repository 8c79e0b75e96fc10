"""Pinned TensorFlows: what each is made of, how it is built, and how its Python is started."""
