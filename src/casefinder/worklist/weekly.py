"""The weekly run: score everyone, keep the candidates of every practice, explain those who may be listed."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from casefinder.codelists import CodeLists
from casefinder.cohorts import Cohort
from casefinder.config import ListSettings, Site
from casefinder.config.model import CohortSettings
from casefinder.dates import parse_date
from casefinder.engines import Each, Version, Workspace, check_written
from casefinder.engines.files import write_frame
from casefinder.explain import Explainer
from casefinder.features import FeatureTable, chosen
from casefinder.histories import Histories
from casefinder.histories.practices import practices_of
from casefinder.modelling.bundle import Bundle
from casefinder.modelling.recalibrated import origin
from casefinder.tables import RISKS
from casefinder.worklist.candidates import reserve
from casefinder.worklist.choose import of_cluster
from casefinder.worklist.explained import Explain, explain_listed
from casefinder.worklist.history import PastDecision
from casefinder.worklist.rules import HELD_OUT, ListRules, asked_to_see_again, decided
from casefinder.worklist.score import Pass, Scored, Scorer, columns_of, score

STEP = "lists"
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class WeeklyInput:
    """What a weekly run works from."""

    site: Site
    record: Version
    histories: Histories
    bundles: Mapping[str, Bundle]
    codelists: CodeLists
    decisions: Mapping[str, Sequence[PastDecision]]


def weekly(given: WeeklyInput, as_of: dt.date, workspace: Workspace, tell: Tell, each: Each = map) -> Version:
    """Score everyone on ``as_of`` and write what the lists are made from; ``each`` runs a task for every block.

    Raises:
        ModelError: a model does not fit the record's features, or reasons would not add up.
    """
    histories, manifest = given.histories, given.histories.version.manifest
    lists = given.site.lists
    features = FeatureTable(chosen(), histories.concepts, given.codelists, manifest["supplied"])
    for bundle in given.bundles.values():
        bundle.contract.check(features.features, given.codelists, manifest["supplied"], bundle.label)
    scorers = {name: _scorer(bundle, histories, given.codelists, features) for name, bundle in given.bundles.items()}
    rules = ListRules(lists, histories.concepts, given.codelists)
    with workspace.draft(STEP) as draft:
        practices = practices_of(given.record, histories)
        scoring = Pass(histories, scorers, features, rules, practices, as_of, lists, draft.folder)
        scored = score(scoring, lambda done, whole: tell("scoring", done, whole), each)
        candidates = _with_decisions(scored.candidates, given.decisions, as_of, lists)
        listed = may_be_listed(candidates, scored, lists)
        first = next(iter(scorers))
        explainer = Explainer(
            given.bundles[first],
            features.features,
            histories.concepts,
            given.codelists,
            features.not_supplied(),
            given.site.currency,
        )
        looking = Explain(histories, explainer, features, scorers[first].columns, listed, as_of)
        reasons, years = explain_listed(looking, lambda done, whole: tell("reasons", done, whole), each)
        check_written((RISKS, draft / "risks" / name) for name in scorers)
        for name, table in (("candidates", candidates), ("reasons", reasons), ("years", years)):
            write_frame(table, draft / f"{name}.parquet")
        return draft.finish(_manifest(given, as_of, scored, lists))


def _scorer(bundle: Bundle, histories: Histories, codelists: CodeLists, features: FeatureTable) -> Scorer:
    settings = CohortSettings(**bundle.about["cohort"])
    return Scorer(bundle, Cohort(settings, histories.concepts, codelists), columns_of(bundle, features.names))


def _with_decisions(
    candidates: pd.DataFrame, decisions: Mapping[str, Sequence[PastDecision]], as_of: dt.date, lists: ListSettings
) -> pd.DataFrame:
    """Add why earlier decisions leave people out, where no other rule does.

    Somebody whom a meeting asked to see again is not held out.
    """
    people = candidates["person_id"].tolist()
    because = [one if isinstance(one, str) else None for one in candidates["because"]]
    earlier = decided(people, decisions, as_of, lists)
    again = [asked_to_see_again(decisions.get(person, ()), as_of) for person in people]
    found = [
        rule if rule and rule != HELD_OUT else words or (None if promised else rule)
        for rule, words, promised in zip(because, earlier, again, strict=True)
    ]
    return candidates.assign(because=pd.Series(found, index=candidates.index, dtype=object))


def may_be_listed(candidates: pd.DataFrame, scored: Scored, lists: ListSettings) -> pd.DataFrame:
    """Return everyone who could stand on a list of a practice or a cluster, reserves included."""
    available = candidates[candidates["because"].isna()]
    parts = [available.groupby("practice_code", sort=False).head(reserve(lists.practice_k, lists))]
    clusters = sorted(one for one in candidates["gp_cluster"].dropna().unique())
    k = reserve(lists.cluster_k, lists)
    parts += [of_cluster(candidates, cluster, k, lists.cluster_share, scored.registered) for cluster in clusters]
    return pd.concat(parts).drop_duplicates("person_id")[["person_id", "block"]]


def _manifest(given: WeeklyInput, as_of: dt.date, scored: Scored, lists: ListSettings) -> dict[str, object]:
    return {
        "step": STEP,
        "as_of": str(as_of),
        "site": given.site.name,
        "record": given.record.number,
        "histories": given.histories.version.number,
        "models": {
            name: {
                "label": bundle.label,
                "risk_words": bundle.about["risk_words"],
                "meaning": bundle.about["meaning"],
                "test_date": bundle.about["index_dates"]["test"][0],
                "figures": bundle.about.get("figures", {}),
                "caveat": bundle.about["outcome"]["caveat"],
                "short": bundle.about["outcome"]["short"],
                "demonstration": bundle.about["demonstration"],
                "site": bundle.about["site"],
                **_how_calibrated(bundle),
            }
            for name, bundle in given.bundles.items()
        },
        "lists": lists.model_dump(mode="json"),
        "registered": dict(sorted(scored.registered.items())),
        "attrition": scored.attrition,
        "scored": scored.eligible,
        "audience": "direct care: the practice's own team",
    }


def _how_calibrated(bundle: Bundle) -> dict[str, object]:
    """Return what a list says of a version that was recalibrated, and of terms of clusters in its risks."""
    found: dict[str, object] = {"origin": origin(bundle.about)} if origin(bundle.about) else {}
    terms = bundle.calibrator.clusters
    return found | ({"cluster_terms": dict(sorted(terms.items()))} if terms else {})


def lists_of(workspace: Workspace, as_of: str) -> Version:
    """Return the newest lists of a date.

    Raises:
        ReleaseError: there are none.
    """
    from casefinder.errors import ReleaseError

    date = parse_date(as_of, "--as-of")
    found = [one for one in workspace.versions(STEP) if one.manifest["as_of"] == str(date)]
    if not found:
        dates = sorted({one.manifest["as_of"] for one in workspace.versions(STEP)})
        there = f"There are lists of {', '.join(dates)}." if dates else "There are no lists at all yet."
        remedy = f"Make them with: {workspace.command(f'weekly --as-of {date}')}"
        raise ReleaseError(f"There are no lists of {date}. {there}", remedy=remedy)
    return found[-1]
