"""Takes a network apart: which layers it calls on what, what each of them is, and a hash of the function they make."""
