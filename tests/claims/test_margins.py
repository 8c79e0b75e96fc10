"""What a claim is judged by was committed before its trials, or the verdict says that it was not."""

import pytest
from factories import make_claim

from study.claims.files import CLAIMS, load_claims
from study.claims.margins import Fixed, load_margins, refuse_unfixed, terms_of
from study.config.validation import ConfigError

KNOWN = load_claims()


def test_every_claim_that_trials_answer_is_fixed():
    refuse_unfixed(KNOWN, load_margins())


def test_another_margin_is_another_term_and_other_words_are_none():
    claim = next(claim for claim in KNOWN if claim.rule == "order")
    assert terms_of(claim) != terms_of(claim.model_copy(update={"margin": claim.margin * 2}))
    assert terms_of(claim) == terms_of(claim.model_copy(update={"place": "elsewhere", "assumed": "otherwise"}))


def test_a_whole_number_is_the_same_margin_as_one_with_a_point():
    claim = next(claim for claim in KNOWN if claim.rule == "equal")
    assert terms_of(claim.model_copy(update={"margin": 0})) == terms_of(claim.model_copy(update={"margin": 0.0}))


@pytest.mark.parametrize("change", [{"margin": 0.5}, None], ids=["a margin was changed", "a claim is new"])
def test_what_is_not_committed_is_refused_with_its_line_and_what_to_do(change):
    claim = next(claim for claim in KNOWN if claim.rule == "order")
    margins = load_margins() if change else {}
    changed = claim.model_copy(update=change) if change else claim
    with pytest.raises(ConfigError, match=rf"{CLAIMS}/000\S+:\d+: {claim.id}: .*commit them, then python -m study"):
        refuse_unfixed([changed], margins)


def test_what_no_trial_answers_needs_no_margin():
    refuse_unfixed([make_claim("opinion", id="taste", why="Taste is not measured.", experiment=None)], {})


def test_a_fixed_term_has_its_zone():
    with pytest.raises(ValueError, match="timezone"):
        Fixed(sha256="0" * 64, since="2026-11-21T06:05:16", revision="1" * 40)
