"""The page that answers every claim, and what is derived beside it."""
