"""A protocol: what it may say, that every problem is told at once, and what its hash follows."""

import pytest

from casefinder.config.service import heads, load_protocol, protocol_names, readable_protocol
from casefinder.errors import ConfigError
from casefinder.services.protocol import check_protocol, feature_records, problems_of
from casefinder.shipped import shipped

SHIPPED = shipped("configs") / "services" / "community_case_management.yaml"


def written(tmp_path, **replace):
    """Write the shipped protocol with some lines replaced, and return its path."""
    text = SHIPPED.read_text(encoding="utf-8")
    for start, line in replace.items():
        found = [one for one in text.splitlines() if one.startswith(f"{start}:")]
        assert len(found) == 1, start
        text = text.replace(found[0], line)
    path = tmp_path / "community_case_management.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_protocol_can_be_used():
    check_protocol(load_protocol("community_case_management"))


def test_every_setting_that_cannot_be_used_is_told_at_once(tmp_path):
    path = written(
        tmp_path,
        primary="primary: emergency_admissions\nlandmarks: yearly\nhorizon_days: 5",
        exact="exact: [sex, shoe_size]",
    )
    with pytest.raises(ConfigError) as raised:
        load_protocol(str(path))
    told = str(raised.value)
    assert "3 problems" in told
    assert all(name in told for name in ("landmarks", "horizon_days", "exact.1"))


def test_every_name_that_means_nothing_is_told_at_once(tmp_path):
    path = written(
        tmp_path,
        primary="primary: emergency_admision",
        negative_controls="negative_controls: [eye_appointments, death]",
        closeness="closeness: [age, height]",
    )
    told = {problem.where for problem in problems_of(load_protocol(str(path)))}
    assert told == {"primary", "negative_controls", "closeness"}


def test_names_are_told_beside_settings_that_cannot_be_used(tmp_path):
    path = written(
        tmp_path,
        primary="primary: emergency_admision\nhorizon_days: 5",
        closeness="closeness: [age, height]",
        exact="exact: [shoe_size]",
    )
    protocol, problems = readable_protocol(str(path))
    assert heads(problems) == {"horizon_days", "exact"}
    assert {problem.where for problem in problems_of(protocol)} == {"primary", "closeness"}
    assert readable_protocol(str(SHIPPED)) == (load_protocol(str(SHIPPED)), ())


def test_settings_that_are_missing_are_told_and_no_placeholder_of_theirs(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text("name: other\ntitle: Something\ncovariates: [age, height]\nserved: {source: file}\n", encoding="utf-8")
    protocol, problems = readable_protocol(str(path))
    assert heads(problems) == {"question", "trial", "comparator", "served", "name"}
    more = {problem.where for problem in problems_of(protocol) if not heads([problem]) & heads(problems)}
    assert more == {"covariates", "closeness"}


def test_a_covariate_that_tells_the_treated_by_their_treatment_is_refused(tmp_path):
    path = tmp_path / "community_case_management.yaml"
    text = SHIPPED.read_text(encoding="utf-8").replace("  - falls_365d\n", "  - falls_365d\n  - falls_365d\n  - nothing\n")
    path.write_text(text, encoding="utf-8")
    told = [problem.what for problem in problems_of(load_protocol(str(path)))]
    assert any("given twice" in words for words in told)
    assert any("no feature called 'nothing'" in words for words in told)
    assert all(len(words) < 200 for words in told)


def test_the_starter_is_refused_until_it_is_filled_in(tmp_path):
    starter = shipped("configs") / "services" / "starter" / "service.yaml"
    path = tmp_path / "virtual_ward.yaml"
    path.write_text(starter.read_text(encoding="utf-8").replace("NAME", "virtual_ward"), encoding="utf-8")
    told = {problem.where for problem in problems_of(load_protocol(str(path)))}
    assert {"title", "question", "trial.start", "comparator.justification", "served.caseloads[0]"} <= told


def test_the_hash_follows_settings_and_not_comments(tmp_path):
    first = load_protocol(str(SHIPPED)).hash
    path = written(tmp_path)
    path.write_text(f"# another comment\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    assert load_protocol(str(path)).hash == first
    assert load_protocol(str(written(tmp_path, exact="exact: [sex]"))).hash != first


def test_a_protocol_is_found_by_name_and_its_file_must_bear_it(tmp_path):
    assert "community_case_management" in protocol_names()
    path = tmp_path / "other.yaml"
    path.write_text(SHIPPED.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ConfigError, match="must agree"):
        load_protocol(str(path))
    with pytest.raises(ConfigError, match="service new"):
        load_protocol("virtual_ward")


def test_features_come_with_those_that_they_are_worked_out_from():
    names = {feature.name for feature in feature_records(("charlson", "age"))}
    assert {"charlson", "age", "charlson_dementia"} <= names
