"""What the sources say: every published statement, quoted, with the rule that judges it."""
