"""Observations, whatever the probe."""

from study.claims.files import load_claims
from study.claims.rules import ProbedClaim, StructureClaim


def test_whatever_claims_are_about_is_observed(probed):
    seen = {(cell.subject, variant) for cells in probed.values() for cell in cells for variant in (cell.variant, None)}
    claims = [claim for claim in load_claims() if isinstance(claim, ProbedClaim | StructureClaim) and claim.subject]
    assert [claim.id for claim in claims if (claim.subject, claim.variant) not in seen] == []
