"""How each rule answers a claim, a module a rule."""
