"""CMS DE-SynPUF 2008 to 2010: synthetic Medicare records, US, public (ICD-9, one row a person a year, inpatient claims).

Traps (codebook of the public-use file): in the ``SP_`` flags 1 is yes and 2 is no; a stay in two segments is one stay;
payments may be negative or zero; a death date is rounded to the first of its month. The yearly summary is known at the
end of its year, which the site file declares. Practice stands for county, cluster for state.
"""

import ibis

from casefinder.definitions import Extract, RawColumn, ends_before
from casefinder.engines import month_start, year_start
from casefinder.sources._facts import Linking, points, shaped, union, unpivot

CONDITIONS = {
    "SP_ALZHDMTA": "dementia",
    "SP_CHF": "heart failure",
    "SP_CHRNKIDN": "chronic kidney disease",
    "SP_CNCR": "cancer",
    "SP_COPD": "chronic obstructive pulmonary disease",
    "SP_DEPRESSN": "depression",
    "SP_DIABETES": "diabetes",
    "SP_ISCHMCHT": "ischaemic heart disease",
    "SP_OSTEOPRS": "osteoporosis",
    "SP_RA_OA": "rheumatoid arthritis or osteoarthritis",
    "SP_STRKETIA": "stroke or transient ischaemic attack",
}
PAYMENTS = {
    "MEDREIMB_IP": "inpatient",
    "MEDREIMB_OP": "outpatient",
    "MEDREIMB_CAR": "carrier",
}
_DIAGNOSES = [f"ICD9_DGNS_CD_{number}" for number in range(1, 11)]
_PERSON = RawColumn("DESYNPUF_ID", "person", "synthetic beneficiary, 16 hexadecimal digits")


def summary(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn a year's beneficiary summary into people, counties, flags, payments and deaths, all known at its end."""
    year_end = ibis.date(str(link.known.date))
    rows = rows.mutate(year_end=year_end)
    county = rows.SP_STATE_CODE + rows.BENE_COUNTY_CD
    race = {"1": "white", "2": "black", "3": "other", "5": "other"}
    records = shaped(
        "person_records",
        rows,
        person_id=rows.person_id,
        birth_month=month_start(rows.BENE_BIRTH_DT),
        sex=ibis.cases((rows.BENE_SEX_IDENT_CD == "1", "male"), (rows.BENE_SEX_IDENT_CD == "2", "female"), else_="unknown"),
        ethnicity=rows.BENE_RACE_CD.substitute(race, else_="unknown"),
        known_date=year_end,
        standing=2,
    )
    registered = shaped(
        "registrations",
        rows,
        person_id=rows.person_id,
        practice_code=county,
        start_date=year_start(year_end),
        start_known_date=year_end,
    )
    practices = rows.select(code=county, state=rows.SP_STATE_CODE).distinct()
    places = shaped(
        "practices",
        practices,
        practice_code=practices.code,
        practice_name="County " + practices.code,
        gp_cluster="State " + practices.state,
    )
    return {"person_records": records, "registrations": registered, "practices": places, "points": _yearly(rows, link)}


def _yearly(rows: ibis.Table, link: Linking) -> ibis.Table:
    """Return condition flags, payments and deaths."""
    parts = [points(rows, link, kind="death", date=rows.BENE_DEATH_DT, known_date=rows.year_end)]
    for name in CONDITIONS:
        has = rows.filter(rows[name] == "1")
        parts.append(points(has, link, kind="register", date=has.year_end, code_system="cms", code=name))
    for name, setting in PAYMENTS.items():
        paid = rows.filter(rows[name] > 0)
        parts.append(
            points(paid, link, kind="annual_cost", date=paid.year_end, code_system="cms", code=setting, cost=paid[name])
        )
    return union(*parts)


def claims(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn inpatient claims into episodes and diagnoses; segments of a claim share its admission."""
    last_day = ibis.coalesce(rows.CLM_THRU_DT, rows.NCH_BENE_DSCHRG_DT, rows.CLM_ADMSN_DT)
    rows = rows.mutate(last_day=last_day, known_date=link.known_date(rows, last_day))
    episodes = shaped(
        "episodes",
        rows,
        person_id=rows.person_id,
        episode=rows.CLM_ID + "/" + rows.SEGMENT.cast("string"),
        provider=rows.PRVDR_NUM.fill_null("unknown"),
        admission_date=rows.CLM_ADMSN_DT,
        episode_start=rows.CLM_FROM_DT.coalesce(rows.CLM_ADMSN_DT),
        episode_end=rows.last_day,
        discharge_date=rows.NCH_BENE_DSCHRG_DT,
        episode_order=rows.SEGMENT,
        method="other",
        main_diagnosis=rows.ICD9_DGNS_CD_1,
        code_system="icd9",
        known_date=rows.known_date,
        superseded_date=rows.superseded_date,
        cost=rows.CLM_PMT_AMT.fill_null(0),
        source=link.source,
    )
    long = unpivot(rows, _DIAGNOSES)
    coded = points(long, link, kind="diagnosis", date=long.CLM_ADMSN_DT, known_date=long.known_date, code_system="icd9",
                   code=long.code, position=long.position, stay_id=long.CLM_ID)  # fmt: skip
    return {"episodes": episodes, "points": coded}


EXTRACTS = (
    Extract(
        "desynpuf_summary",
        "beneficiary summary of one year",
        (
            _PERSON,
            RawColumn("BENE_BIRTH_DT", "date", "date of birth", required=True),
            RawColumn("BENE_DEATH_DT", "date", "death, rounded to the first of its month"),
            RawColumn("BENE_SEX_IDENT_CD", "code", "1 male, 2 female"),
            RawColumn("BENE_RACE_CD", "code", "1 white, 2 black, 3 other, 5 Hispanic"),
            RawColumn("SP_STATE_CODE", "code", "state", required=True),
            RawColumn("BENE_COUNTY_CD", "code", "county", required=True),
            *(RawColumn(name, "code", f"{words}: 1 yes, 2 no", strict=True, pattern="^[12]$")
              for name, words in CONDITIONS.items()),
            *(RawColumn(name, "pounds", f"paid by Medicare, {setting}, dollars", low=0)
              for name, setting in PAYMENTS.items()),
        ),
        summary,
        supplies=("birth", "sex", "ethnicity", "registration", "register", "annual_cost", "death"),
        person="DESYNPUF_ID",
        notes="CMS 2008-2010 Data Entrepreneurs' Synthetic Public Use File (Centers for Medicare & Medicaid Services).",
    ),
    Extract(
        "desynpuf_inpatient",
        "inpatient claims",
        (
            _PERSON,
            RawColumn("CLM_ID", "text", "claim", required=True),
            RawColumn("SEGMENT", "integer", "segment of the claim", required=True, low=1, high=9),
            RawColumn("CLM_ADMSN_DT", "date", "day of admission", required=True),
            RawColumn("CLM_FROM_DT", "date", "first day of the claim; empty on a second segment"),
            RawColumn("CLM_THRU_DT", "date", "last day of the claim; empty on a second segment"),
            RawColumn("NCH_BENE_DSCHRG_DT", "date", "day of discharge"),
            RawColumn("PRVDR_NUM", "text", "hospital"),
            RawColumn("CLM_PMT_AMT", "pounds", "paid, dollars", low=0),
            *(RawColumn(name, "icd9", "diagnosis") for name in _DIAGNOSES),
        ),
        claims,
        supplies=("hospital", "diagnosis"),
        person="DESYNPUF_ID",
        key=("CLM_ID", "SEGMENT"),
        rules=(ends_before("CLM_THRU_DT", "CLM_FROM_DT"), ends_before("NCH_BENE_DSCHRG_DT", "CLM_ADMSN_DT")),
    ),
)  # fmt: skip
