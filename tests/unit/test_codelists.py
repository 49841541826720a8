"""The shipped code lists: shapes of codes, published weights, and what each list must and must not cover."""

import csv
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from casefinder.codelists import CodeList, load_codelists, read_codelist
from casefinder.errors import ConfigError
from casefinder.shipped import shipped

FOLDER = shipped("configs") / "codelists"
FILES = sorted(FOLDER.glob("*.csv"))
LISTS = load_codelists()
THIRD_PARTY = Path(__file__).parents[3] / "shared" / "data" / "codelists"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Verhoeff J, Error detecting decimal codes, Mathematical Centre Tract 29 (1969): multiplication in the dihedral group of
# order ten, and one permutation applied once more at each place from the right. SNOMED International uses it as it stands.
TIMES = [[(a + b) % 5 if b < 5 else 5 + (a + b) % 5 for b in range(10)] for a in range(5)]
TIMES += [[5 + (a - b) % 5 if b < 5 else (a - b) % 5 for b in range(10)] for a in range(5, 10)]
PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def verhoeff(number: str) -> bool:
    check = 0
    for place, digit in enumerate(map(int, reversed(number))):
        for _ in range(place % 8):
            digit = PERMUTATION[digit]
        check = TIMES[check][digit]
    return check == 0


def third_party(name: str) -> list[dict[str, str]]:
    """Rows of a published table; the test skips where the folder is absent, and fails there under CI=true."""
    path = THIRD_PARTY / name
    if not path.is_file():
        message = f"the published table {name} is not at hand: expected in ../shared/data/codelists beside the checkout"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def weights(codelist: CodeList) -> dict[str, float]:
    return {code.group: code.weight for code in codelist.codes}


def groups_of(codelist: CodeList, system: str, code: str) -> set[str]:
    return {line.group for line in codelist.codes if line.system == system and line.covers(code)}


def icd10_codes() -> list[str]:
    """Every code that the shape of ICD-10 allows: A00 to Z99, bare and with each fourth digit."""
    three = [f"{letter}{number:02d}" for letter in LETTERS for number in range(100)]
    return [code + fourth for code in three for fourth in ("", *map(str, range(10)))]


def test_verhoeff_tells_good_from_bad():
    assert verhoeff("22298006")  # myocardial infarction
    assert verhoeff("73211009")  # diabetes mellitus
    assert verhoeff("999004371000000100")  # a reference set of the UK extension
    for place in range(8):
        changed = "22298006"[:place] + str((int("22298006"[place]) + 1) % 10) + "22298006"[place + 1 :]
        assert not verhoeff(changed)
    assert not verhoeff("22289006")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_list_loads_and_says_where_it_came_from(path):
    codelist = read_codelist(path)
    assert codelist == LISTS[path.stem]
    assert codelist.codes
    assert all((codelist.meaning, codelist.source, codelist.licence))
    assert all(code.group for code in codelist.codes)
    assert all(code.meaning for code in codelist.codes), "each line says what its code means"
    assert all(
        re.fullmatch(r"[a-z][a-z0-9_]*", group) or path.stem in ("hfrs", "anticholinergic") for group in codelist.groups
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_codes_are_written_as_facts_are(path):
    shapes = {
        "icd9": r"[0-9EV][0-9]{1,4}",
        "opcs4": r"[A-Z][0-9]{2,3}",
        "bnf": r"[0-9A-Z]{2,15}",
        "loinc": r"[0-9]{1,5}-[0-9]",
        "cms": r"SP_[A-Z_]+",
        "nhs": r"[0-9A-Z]{2,3}",
    }
    for code in LISTS[path.stem].codes:
        if code.system == "snomed":
            assert re.fullmatch(r"[1-9][0-9]{5,17}", code.code), code
            assert verhoeff(code.code), code
            assert not code.prefix, code
        elif code.system == "icd10":
            shape = r"[A-Z]([0-9]([0-9A-Z][0-9]?)?)?" if code.prefix else r"[A-Z][0-9][0-9A-Z][0-9]?"
            assert re.fullmatch(shape, code.code), code
            assert len(code.code) < 3 or not code.code.endswith("X"), code
        else:
            assert re.fullmatch(shapes[code.system], code.code), code


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_code_stands_twice_in_a_group(path):
    """Not the same line twice, and not a line that another line of the group covers already."""
    codelist = LISTS[path.stem]
    for group in codelist.groups:
        lines = codelist.group(group).codes
        twice = [line for line, times in Counter((code.system, code.code) for code in lines).items() if times > 1]
        assert not twice, (group, twice)
        prefixes = [code for code in lines if code.prefix]
        inside = [
            (wide.code, code.code)
            for wide in prefixes
            for code in lines
            if code is not wide and code.system == wide.system and wide.covers(code.code)
        ]
        assert not inside, (group, inside)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_group_has_one_weight(path):
    found: dict[str, set[float]] = {}
    for code in LISTS[path.stem].codes:
        found.setdefault(code.group, set()).add(code.weight)
    assert all(len(one) == 1 for one in found.values()), {group: one for group, one in found.items() if len(one) > 1}


def test_every_file_stands_in_the_table():
    named = re.findall(r"^\| `(\w+)\.csv` \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == [path.stem for path in FILES]


def test_notices_of_what_was_taken_over_are_there():
    text = (FOLDER / "LICENCES.md").read_text(encoding="utf-8")
    assert "Copyright (c) University of Oxford" in text
    assert "Copyright (c) 2026 Finn Fassbender" in text
    assert "Permission is hereby granted, free of charge" in text
    assert "used by permission of SNOMED International" in text
    assert "loinc.org/license" in text


def test_a_list_without_its_licence_is_refused(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("# meaning: a\n# source: b\nsystem,code\nicd10,I50\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="licence"):
        read_codelist(path)


def test_a_site_list_takes_the_place_of_the_shipped_one(tmp_path):
    text = "# meaning: a\n# source: b\n# licence: c\nsystem,code,group\nsnomed,22298006,only\n"
    (tmp_path / "falls.csv").write_text(text, encoding="utf-8")
    own = load_codelists(tmp_path)
    assert own["falls"].groups == ("only",)
    assert own["conditions"] == LISTS["conditions"]


# Scores


def test_hospital_frailty_risk_score_as_published():
    """Gilbert 2018, appendix: 109 categories; the first weights, and the largest and smallest."""
    codelist = LISTS["hfrs"]
    assert len(codelist.codes) == 109
    assert all(code.prefix and code.group == code.code and len(code.code) == 3 for code in codelist.codes)
    found = weights(codelist)
    known = {"F00": 7.1, "G81": 4.4, "G30": 4.0, "I69": 3.7, "R29": 3.6, "N39": 3.2, "F05": 3.2, "W19": 3.2, "S00": 3.2}
    assert {code: found[code] for code in known} == known
    assert (min(found.values()), max(found.values())) == (0.1, 7.1)


@pytest.mark.third_party
def test_hospital_frailty_risk_score_equals_the_published_table():
    published = {row["icd10_codes"]: float(row["weight"]) for row in third_party("HFRS.csv")}
    assert weights(LISTS["hfrs"]) == published


def test_charlson_by_hand():
    """Quan 2005, table 1, and the weights of 1987."""
    codelist = LISTS["charlson"]
    found = weights(codelist)
    assert (found["aids_hiv"], found["metastatic_solid_tumour"], found["moderate_or_severe_liver_disease"]) == (6, 6, 3)
    assert sum(found.values()) == 10 * 1 + 4 * 2 + 3 + 6 + 6
    for code, group in {
        "I252": "myocardial_infarction",
        "I500": "congestive_heart_failure",
        "G041": "hemiplegia_or_paraplegia",
        "J449": "chronic_pulmonary_disease",
        "C780": "metastatic_solid_tumour",
        "N185": "renal_disease",
        "E102": "diabetes_with_complication",
        "K766": "moderate_or_severe_liver_disease",
    }.items():
        assert groups_of(codelist, "icd10", code) == {group}, code
    assert groups_of(codelist, "icd10", "C449") == set(), "skin cancer does not count"
    assert groups_of(codelist, "icd9", "40403") == {"congestive_heart_failure", "renal_disease"}


@pytest.mark.third_party
def test_charlson_equals_the_published_tables():
    original = {row["category"]: float(row["charlson_weights"]) for row in third_party("CHARLSON_WEIGHTS.csv")}
    rows = [row for row in third_party("CHARLSON_QUAN.csv") if row["category"] != "Age"]
    codelist = LISTS["charlson"]
    assert len(rows) == len(codelist.groups) == 17
    for row, group in zip(rows, codelist.groups, strict=True):
        lines = codelist.group(group).codes
        for system, column in (("icd10", "icd10_codes"), ("icd9", "icd9_codes")):
            assert {code.code for code in lines if code.system == system} == set(row[column].split("|")), group
        assert all(code.prefix for code in lines)
    assert list(weights(codelist).values()) == [weight for name, weight in original.items() if name != "Age"]


@pytest.mark.third_party
def test_cambridge_weights_equal_the_published_table():
    rows = third_party("cambridge_multimorbidity_weights_20_general.csv")
    assert weights(LISTS["cambridge"]) == {row["condition"]: float(row["weight"]) for row in rows}
    assert len(LISTS["cambridge"].groups) == 20


def test_cambridge_and_conditions_agree_on_codes():
    """Each code of the score stands in the list of conditions, but for the wider connective tissue disorders."""
    conditions = {(code.system, code.code) for code in LISTS["conditions"].codes}
    score = {(code.system, code.code) for code in LISTS["cambridge"].codes if code.group != "connective_tissue_disorder"}
    assert score <= conditions


# Ambulatory care sensitive conditions


def test_ambulatory_care_sensitive_by_hand():
    primary, anywhere = LISTS["ambulatory_care_sensitive"], LISTS["ambulatory_care_sensitive_any"]
    for code, group in {
        "L031": "cellulitis",
        "L88": "cellulitis",
        "E86": "dehydration_and_gastroenteritis",
        "I10": "heart_failure_and_hypertension",
        "I119": "heart_failure_and_hypertension",
        "J449": "copd",
        "J459": "asthma",
        "N136": "pyelonephritis",
    }.items():
        assert groups_of(primary, "icd10", code) == {group}, code
    assert groups_of(primary, "icd10", "I130") == groups_of(primary, "icd10", "K259") == set()
    assert groups_of(anywhere, "icd10", "R02") == {"gangrene"}
    assert groups_of(anywhere, "icd10", "E109") == set(), "diabetes without complication"
    assert groups_of(anywhere, "icd10", "J189") == set(), "only lobar and 'other' of J18"


@pytest.mark.third_party
def test_ambulatory_care_sensitive_lists_equal_the_published_patterns():
    """Over every code that ICD-10's shape allows; whole categories stand in extracts, and in the patterns, with an X."""
    rows = [row for row in third_party("acsc_icd10_patterns.csv") if row["diagnosis_position"] in ("primary", "any")]
    assert len(rows) == 18
    checked = 0
    for position, name in (("primary", "ambulatory_care_sensitive"), ("any", "ambulatory_care_sensitive_any")):
        codelist = LISTS[name]
        mine = [row for row in rows if row["diagnosis_position"] == position]
        assert len(mine) == len(codelist.groups)
        for row, group in zip(mine, codelist.groups, strict=True):
            pattern, lines = re.compile(row["icd10_regex"]), codelist.group(group)
            for code in icd10_codes():
                wanted = pattern.match(code.ljust(4, "X")) is not None
                assert lines.covers("icd10", code) == wanted, (group, code)
                checked += 1
    assert checked == 18 * 26 * 100 * 11


# Lists that decide outcomes, reasons and who is left out


def test_no_emergency_reason_overlaps_another():
    codelist = LISTS["emergency_reasons"]
    both = {code: groups for code in icd10_codes() if len(groups := groups_of(codelist, "icd10", code)) > 1}
    assert not both


def test_every_icd10_code_has_one_chapter():
    codelist = LISTS["icd10_chapters"]
    found = {code: len(groups_of(codelist, "icd10", code)) for code in icd10_codes()}
    assert set(found.values()) == {0, 1}
    assert {code[:2] for code, groups in found.items() if groups == 0} == {"D9"}, "the one gap of ICD-10"
    first, second = groups_of(codelist, "icd10", "D489"), groups_of(codelist, "icd10", "D500")
    assert first != second, "D00 to D48 are neoplasms, D50 to D89 blood"
    assert groups_of(codelist, "icd10", "H599") != groups_of(codelist, "icd10", "H600"), "eye, then ear"


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("icd10", "B24"),
        ("icd10", "Z21"),
        ("icd10", "A549"),
        ("icd10", "O049"),
        ("icd10", "Z312"),
        ("icd10", "F640"),
        ("icd9", "042"),
        ("icd9", "63590"),
        ("opcs4", "Q131"),
        ("opcs4", "X151"),
        ("opcs4", "Q141"),
        ("bnf", "0503010V0AAAAAA"),
        ("snomed", "86406008"),
        ("snomed", "62479008"),
        ("snomed", "386639001"),
        ("snomed", "52637005"),
        ("snomed", "93461009"),
        ("nhs", "360"),
    ],
)
def test_restricted_codes_are_covered(system, code):
    assert LISTS["restricted"].covers(system, code)


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("icd10", "B181"),
        ("icd10", "O039"),
        ("icd10", "Z302"),
        ("icd10", "N739"),
        ("icd9", "63490"),
        ("opcs4", "Q103"),
        ("opcs4", "Q121"),
        ("bnf", "0503020C0AAAAAA"),
        ("snomed", "22298006"),
        ("nhs", "300"),
    ],
)
def test_what_is_not_restricted_stays(system, code):
    assert not LISTS["restricted"].covers(system, code)


def test_groups_that_decide_privacy_are_all_there():
    assert set(LISTS["restricted"].groups) == {"assisted_conception", "sti_hiv", "termination", "gender_reassignment"}
    assert set(LISTS["sensitive"].groups) == {"safeguarding", "abuse", "substance_misuse", "prison", "self_harm", "alcohol"}
    restricted = LISTS["restricted"]
    assert not [code for code in LISTS["treatment_functions"].codes if restricted.covers("nhs", code.code)]


def test_conditions_that_are_never_spoken_are_in_the_sensitive_list():
    """A list of conditions must not speak of alcohol or drugs through a code that the sensitive list lacks."""
    sensitive = LISTS["sensitive"]
    for group in ("alcohol_problems", "substance_misuse"):
        missing = [code for code in LISTS[f"conditions:{group}"].codes if not sensitive.covers(code.system, code.code)]
        assert not missing, group


def test_frailty_as_recorded():
    """NHS England: mild, moderate and severe frailty."""
    found = {group: LISTS[f"frailty:{group}"].codes[0].code for group in ("mild", "moderate", "severe")}
    assert found == {"mild": "925791000000100", "moderate": "925831000000107", "severe": "925861000000102"}


def test_what_must_not_count_twice_or_at_all():
    assert groups_of(LISTS["medicines"], "bnf", "0408010G0AAAAAA") == {"gabapentinoid"}, (
        "gabapentin is no antiepileptic here"
    )
    assert groups_of(LISTS["falls"], "icd10", "W190")
    assert groups_of(LISTS["falls"], "icd10", "R296")
    assert not groups_of(LISTS["falls"], "icd10", "W200"), "struck by a thrown object"
    assert "diabetes" in groups_of(LISTS["conditions"], "icd10", "E119")
    assert "diabetes" not in groups_of(LISTS["conditions"], "icd10", "O244"), "diabetes of pregnancy goes"
    assert {"chronic_kidney_disease", "chronic_kidney_stage_4_5"} <= groups_of(LISTS["conditions"], "icd10", "N185")
    assert "chronic_kidney_stage_4_5" not in groups_of(LISTS["conditions"], "icd10", "N183")
