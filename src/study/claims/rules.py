"""What each rule needs of a claim, and what a claim of it may expect."""

NEEDED = {
    "value": ("experiment", "variant", "runtime", "metric", "published"),
    "curve": ("experiment", "variant", "runtime", "metric", "published"),
    "order": ("experiment", "variant", "runtime", "metric", "baseline", "direction", "margin"),
    "equal": ("experiment", "variant", "runtime", "metric", "baseline", "margin"),
    "fails": ("experiment", "variant", "runtime"),
    "arithmetic": ("terms", "published"),
    "structure": ("fact", "published"),
    "network": ("subject", "variant", "baseline", "expected"),
    "capability": ("subject", "variant", "expected"),
    "formula": ("subject", "variant", "margin"),
    "opinion": ("why",),
}
# What a claim of a rule may expect.
EXPECTED = {"capability": ("works", "fails"), "network": ("same", "differs"), "structure": ("fewer",)}
