"""The feature contract: what matches, what does not, and the words for each."""

from dataclasses import replace

import pytest
from tests.unit.modelling.small_model import EVERY, FEATURES, KINDS, LISTS, contract

from casefinder.codelists import Code, CodeList, CodeLists
from casefinder.dates import lookback
from casefinder.definitions import Count
from casefinder.errors import ModelError
from casefinder.modelling.contract import FeatureContract, contract_of, definition_hash


def refusal(features=FEATURES, codelists=LISTS, supplied=KINDS):
    with pytest.raises(ModelError) as caught:
        contract().check(features, codelists, supplied, "small@3")
    return caught.value.render()


def changed(name, **about):
    return tuple(replace(one, **about) if one.name == name else one for one in FEATURES)


def lists_with(name, extra):
    found = {key: LISTS[key] for key in LISTS}
    found[name] = replace(found[name], codes=(*found[name].codes, extra))
    return CodeLists(found.values())


def test_the_same_features_match_in_any_order_and_among_others():
    contract().check(tuple(reversed(tuple(EVERY.values()))), LISTS, KINDS, "small@3")


def test_a_contract_is_read_back_as_it_was_written():
    assert FeatureContract.read(contract().content()) == contract()


def test_a_feature_that_is_gone_is_named_with_its_nearest():
    said = refusal(tuple(one for one in FEATURES if one.name != "ae_attendances_365d"))
    assert said.startswith("The model small@3 does not fit these features:")
    assert "ae_attendances_365d: no such feature any more" in said
    assert "casefinder train small" in said


def test_every_problem_is_named_at_once():
    features = tuple(one for one in changed("imd_decile", scale=2.0) if one.name != "sex")
    said = refusal(features, supplied=tuple(kind for kind in KINDS if kind != "prescription"))
    assert "sex: no such feature any more" in said
    assert "imd_decile: is defined differently now" in said
    assert "prescription: was supplied when the model was fitted and is not now" in said


@pytest.mark.parametrize(
    "about",
    [{"scale": 0.5}, {"measure": Count(EVERY["ae_attendances_365d"].select, lookback(364))}],
    ids=["scale", "window"],
)
def test_a_feature_defined_differently_is_refused(about):
    assert "ae_attendances_365d: is defined differently now" in refusal(changed("ae_attendances_365d", **about))


def test_words_may_change_and_the_contract_holds():
    contract().check(changed("ae_attendances_365d", words="{n} times", meaning="other words"), LISTS, KINDS, "small@3")


def test_a_changed_code_list_is_a_changed_feature():
    extra = Code("icd10", "I51", prefix=True, group="heart_failure")
    said = refusal(codelists=lists_with("conditions", extra))
    assert "heart_failure_years: is defined differently now, or its code list has changed" in said
    assert "smoking" not in said
    contract().check(FEATURES, lists_with("conditions", Code("icd10", "X99", group="gout")), KINDS, "small@3")


def test_a_change_of_weight_is_a_change():
    scored = EVERY["hospital_frailty_risk_score"]
    first, *rest = LISTS["hfrs"].codes
    other = CodeLists([CodeList("hfrs", "", "", "", (replace(first, weight=first.weight + 1), *rest))])
    assert definition_hash(scored, LISTS) != definition_hash(scored, other)


def test_other_categories_are_refused():
    measure = EVERY["sex"].measure
    narrower = replace(measure, categories={"female": ("female",), "male": ("male",)})
    said = refusal(changed("sex", measure=narrower))
    assert "sex: is defined differently now" in said or "sex: has other categories now" in said


def test_a_feed_that_no_feature_uses_may_go():
    made = contract_of(FEATURES, LISTS, (*KINDS, "call_111"))
    made.check(FEATURES, LISTS, KINDS, "small@3")
