"""Reference tables that a site supplies: practices with their cluster, areas, prices, budgets."""

import ibis

from casefinder.definitions import Extract, RawColumn
from casefinder.sources._facts import Linking, shaped


def practices(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn the list of practices into practices of the contract."""
    return {
        "practices": shaped(
            "practices",
            rows,
            practice_code=rows.PRACTICE_CODE,
            practice_name=rows.PRACTICE_NAME.fill_null(rows.PRACTICE_CODE),
            gp_cluster=rows.GP_CLUSTER,
            place=rows.PLACE,
            start_date=rows.OPEN_DATE,
            end_date=rows.CLOSE_DATE,
        )
    }


def areas(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn the table of small areas into areas of the contract."""
    return {
        "areas": shaped(
            "areas",
            rows,
            lsoa=rows.LSOA_CODE,
            imd_decile=rows.IMD_DECILE,
            imd_edition=rows.IMD_EDITION,
            hospital_minutes=rows.HOSPITAL_MINUTES,
            care_home_beds=rows.CARE_HOME_BEDS_PER_1000_75PLUS,
            gp_appointments=rows.GP_APPOINTMENTS_PER_1000,
        )
    }


def prices(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn the price list into prices of the contract."""
    return {
        "prices": shaped(
            "prices", rows, activity=rows.ACTIVITY, unit=rows.UNIT, price=rows.PRICE_POUNDS, edition=rows.EDITION
        )
    }


def budgets(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn current budgets into budgets of the contract."""
    return {
        "budgets": shaped(
            "budgets",
            rows,
            practice_code=rows.PRACTICE_CODE,
            financial_year=rows.FINANCIAL_YEAR,
            budget=rows.BUDGET_POUNDS,
        )
    }


EXTRACTS = (
    Extract(
        "practices",
        "practices and the cluster to which each belongs",
        (
            RawColumn("PRACTICE_CODE", "code", "ODS code", required=True),
            RawColumn("PRACTICE_NAME", "text", "name"),
            RawColumn("GP_CLUSTER", "text", "primary care network or cluster", required=True),
            RawColumn("PLACE", "text", "place, borough or district", present=False),
            RawColumn("OPEN_DATE", "date", "first day open", present=False),
            RawColumn("CLOSE_DATE", "date", "first day closed", present=False),
        ),
        practices,
    ),
    Extract(
        "areas",
        "small areas: deprivation and supply",
        (
            RawColumn("LSOA_CODE", "code", "lower layer super output area", required=True),
            RawColumn("IMD_DECILE", "integer", "1 is the most deprived tenth", low=1, high=10),
            RawColumn("IMD_EDITION", "text", "edition of the index, such as IMD 2025", present=False),
            RawColumn("HOSPITAL_MINUTES", "number", "minutes to an emergency department", low=0, present=False),
            RawColumn("CARE_HOME_BEDS_PER_1000_75PLUS", "number", "care-home beds", low=0, present=False),
            RawColumn("GP_APPOINTMENTS_PER_1000", "number", "GP appointments a month", low=0, present=False),
        ),
        areas,
    ),
    Extract(
        "activity_costs",
        "the price list: one national price for each kind of activity",
        (
            RawColumn("ACTIVITY", "text", "what is paid for", required=True),
            RawColumn("UNIT", "text", "per what"),
            RawColumn("PRICE_POUNDS", "pounds", "price of a unit", required=True, low=0),
            RawColumn("EDITION", "text", "name and year of the price list", required=True),
        ),
        prices,
    ),
    Extract(
        "budgets",
        "current budgets of practices",
        (
            RawColumn("PRACTICE_CODE", "code", "ODS code", required=True),
            RawColumn("FINANCIAL_YEAR", "text", "such as 2025/26", required=True, pattern=r"^\d{4}/\d{2}$"),
            RawColumn("BUDGET_POUNDS", "pounds", "budget", required=True, low=0),
        ),
        budgets,
    ),
)
