"""Definitions and choices: every feature says what it is, and every site, model and code list that ships can be read."""

import re
from pathlib import Path

import pytest

from casefinder.codelists import load_codelists
from casefinder.config import load_governance, load_model, load_site
from casefinder.config.model import model_names
from casefinder.definitions import Absent, Derived, Family, Feature, Theme
from casefinder.definitions.measures import select
from casefinder.errors import ConfigError
from casefinder.features import chosen, families
from casefinder.modelling.contract import definition_hash
from casefinder.outcomes import outcomes
from casefinder.shipped import shipped
from casefinder.sources import extracts

CONFIGS = shipped("configs")
FEATURES = [feature for family in families().values() for feature in family.features]
BY_NAME = {feature.name: feature for feature in FEATURES}
SLOTS = {"n", "signed", "years", "percent", "pounds", "date", "category"}
SITES = sorted(
    path for path in (CONFIGS / "sites").rglob("*.yaml") if path.name == "site.yaml" or path.parent.name == "sites"
)
MODELS = sorted(path for path in CONFIGS.rglob("models/*.yaml"))


# --- features ---------------------------------------------------------------------------------------------------------


def test_there_are_as_many_features_as_promised_in_sixteen_families():
    assert 250 <= len([feature for feature in FEATURES if feature.model]) <= 400
    assert len(families()) == 16
    assert len(BY_NAME) == len(FEATURES)


def test_a_family_is_named_after_its_file():
    assert {name: family.name for name, family in families().items()} == {name: name for name in families()}
    assert all(family.meaning for family in families().values())


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_says_what_it_is(feature):
    assert re.fullmatch(r"[a-z][a-z0-9_]{2,50}", feature.name)
    assert len(feature.meaning) > 10 or feature.meaning in ("sex as recorded",)
    assert feature.meaning == feature.meaning.strip()
    assert feature.absent in (Absent.ZERO, Absent.UNKNOWN)
    assert isinstance(feature.theme, Theme)
    assert feature.words or not feature.model, "a feature of a model has words"
    assert set(re.findall(r"\{(\w+)", feature.words)) <= SLOTS
    assert not feature.unknown_words or feature.absent is Absent.UNKNOWN, "what counts as zero is not unknown"
    assert not (feature.review and feature.sensitive), "what may not be spoken cannot be put forward for review"


@pytest.mark.parametrize("feature", [one for one in FEATURES if isinstance(one.measure, Derived)], ids=lambda one: one.name)
def test_what_a_feature_is_worked_out_from_stands_before_it_in_its_family(feature):
    family = next(family for family in families().values() if feature in family.features)
    before = [one.name for one in family.features[: family.features.index(feature)]]
    assert set(feature.measure.inputs) <= set(before)


def test_every_selection_names_a_code_list_and_a_kind_that_a_source_can_supply():
    lists, fed = load_codelists(), {kind for one in extracts().values() for kind in one.supplies} | {"observed"}
    for feature in FEATURES:
        if feature.select is not None:
            assert set(feature.select.kinds) & fed, feature.name
            assert not feature.select.codes or lists[feature.select.codes].codes, feature.name


def test_every_theme_that_people_read_is_used_or_kept_for_what_is_left():
    used = {feature.theme for feature in FEATURES}
    assert set(Theme) - used <= {Theme.OTHER}


def test_a_hash_tells_every_feature_of_a_model_from_every_other():
    lists = load_codelists()
    seen = {}
    for feature in FEATURES:
        if not isinstance(feature.measure, Derived):
            seen.setdefault(definition_hash(feature, lists), []).append(feature.name)
    twice = [names for names in seen.values() if len(names) > 1 and sum(BY_NAME[name].model for name in names) > 1]
    assert twice == [], "two features that are computed alike"


def test_two_features_of_one_name_in_a_family_are_refused():
    one = FEATURES[0]
    with pytest.raises(ValueError, match="defines"):
        Family("x", "x", (one, one))


def test_a_selection_of_a_kind_that_is_not_in_the_contract_is_refused():
    with pytest.raises(ValueError, match="hospitel"):
        select("hospitel")
    with pytest.raises(ValueError, match="emergancy"):
        select("hospital", methods=("emergancy",))


def test_families_and_features_may_be_left_out_by_name():
    without = chosen(without_families=("cost",), without=("age",))
    names = {feature.name for feature in without}
    assert "age" not in names
    assert not any(name.startswith("cost_") for name in names)
    assert {feature.name for feature in chosen(("burden",))} == {feature.name for feature in families()["burden"].features}


def test_a_family_or_feature_that_does_not_exist_is_named():
    with pytest.raises(ConfigError) as caught:
        chosen(("medicine",), ("costs",), ("agee",))
    said = caught.value.render()
    for wrong in ("'medicine'", "'costs'", "'agee'"):
        assert wrong in said
    assert "medicines" in said


def test_a_feature_is_a_frozen_record():
    with pytest.raises(AttributeError):
        FEATURES[0].name = "other"  # type: ignore[misc]
    assert isinstance(FEATURES[0], Feature)


# --- choices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SITES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_site_that_ships_can_be_read(path):
    site = load_site(path)
    known = extracts()
    for name, source in site.sources.items():
        assert (source.extract or name) in known, name
    if not site.demonstration:
        governance = load_governance(path.parent / "governance.yaml")
        personal = {name for name, one in site.sources.items() if known[one.extract or name].person}
        assert personal <= set(governance.sources), "every personal source has its legal basis"
    models = model_names(path.parent / "models")
    assert site.lists.ranked_by in models
    assert set(site.lists.beside) <= set(models)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_model_that_ships_can_be_read_and_asks_for_what_exists(path):
    model = load_model(path.stem, path.parent)
    assert model.outcome in outcomes()
    assert chosen(model.families, model.without_families, model.without)
    assert model.split.test_share >= 0.05
    assert not model.risk_words.endswith(".")


def test_sites_and_models_were_found():
    assert {"demonstration", "site"} <= {path.stem for path in SITES}
    assert {"emergency_admission", "care_home_entry", "any_admission"} <= {path.stem for path in MODELS}


def test_every_code_list_that_ships_is_read_and_used():
    lists = load_codelists()
    assert len(lists) == len(list((CONFIGS / "codelists").rglob("*.csv")))
    text = "\n".join(path.read_text(encoding="utf-8") for path in Path(shipped("configs").parent / "src").rglob("*.py"))
    if text:
        unused = [name for name in lists if not re.search(rf'"{name}[":]', text)]
        assert unused == [], "a code list that nothing reads"


def test_a_model_whose_name_and_file_disagree_is_refused(tmp_path):
    text = (CONFIGS / "models" / "emergency_admission.yaml").read_text(encoding="utf-8")
    (tmp_path / "other_name.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="name and file must agree"):
        load_model("other_name", tmp_path)


def test_every_mistake_of_a_site_file_is_named_at_once(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text(
        "name: X\nextract_date: 2026-02-30\nperson_key: {kind: pseudonym}\npseudonym_key: {env: A, file: B}\n"
        "sources:\n  hes_apc: {file: a.csv}\nlists: {practice_k: 0, ranked: x}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_site(path)
    said = caught.value.render()
    for part in ("extract_date", "person_key", "pseudonym_key", "sources.hes_apc", "lists.practice_k", "lists.ranked"):
        assert part in said, part
    assert "ranked_by" in said, "the nearest setting is offered"
