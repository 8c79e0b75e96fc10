"""The commands of `study`, a module each; `study.cli.registry` lists them."""
