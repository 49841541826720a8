"""The day of a delivery is given with the delivery, not written into the site file every week."""

from tests.functional.small_site import PEOPLE


def test_a_day_given_on_the_command_line_replaces_that_of_the_site_file(small):
    small.add("national_cleaned_list", [{"NHS_NUMBER": number} for number in PEOPLE], known={"with_extract": True})
    found = small.linked("--extract-date", "2021-04-07")
    assert found["extract_date"] == "2021-04-07"
    assert found["sources"]["national_cleaned_list"]["known"]["date"] == "2021-04-07"


def test_a_day_that_is_none_is_named(linked):
    ran = linked.link("--extract-date", "2021-02-30")
    assert ran.code == 10
    assert "--extract-date" in ran.words


def test_a_file_is_known_on_one_day_only(linked):
    linked.settings["sources"]["deaths"]["known"] = {"with_extract": True, "lag_days": 5}
    ran = linked.link()
    assert ran.code == 10
    assert "stand alone" in ran.words


def test_columns_parted_by_another_character_are_recognised(linked):
    linked.raw["deaths"] = b"NHS_NUMBER;DEATH_DATE;REGISTRATION_DATE;UNDERLYING_CAUSE\n"
    linked.first("deaths")
    ran = linked.link()
    assert ran.code == 11
    assert "sources.deaths.delimiter: \";\"" in ran.words  # fmt: skip


def test_rows_link_to_people_on_a_list_of_the_registered(small):
    """A hospital that describes its own people links no better for it."""
    from tests.functional.small_site import episode, nhs_number

    admitted = [episode(number, str(place), "2020-01-01", "2020-01-03") for place, number in enumerate(PEOPLE[:3])]
    stranger = episode(nhs_number(99), "9", "2020-01-01", "2020-01-03", MYDOB="061950")
    small.add("hes_apc", [*({**row, "MYDOB": "061950"} for row in admitted), stranger])
    assert small.linked()["sources"]["hes_apc"]["linked_share"] == 0.75
