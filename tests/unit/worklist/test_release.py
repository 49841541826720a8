"""A list made for a meeting: checked again against the newest record, exactly k people, and what changed since last time."""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from casefinder.config import ListSettings, Site
from casefinder.config.site import ClusterShare, HoldOut
from casefinder.engines import Workspace
from casefinder.errors import ReleaseError
from casefinder.worklist.history import ListHistory
from casefinder.worklist.release import CLUSTER, PRACTICE, Released, Scope, release, rules_in_words, scopes_of

FIRST, SECOND = dt.date(2026, 3, 4), dt.date(2026, 4, 1)
HERE, THERE = Scope(PRACTICE, "A1"), Scope(CLUSTER, "Vale")
MODEL = {"label": "small@1", "risk_words": "x", "short": "x", "demonstration": False}
LISTS = ListSettings(practice_k=3, cluster_k=4, ranked_by="small", beside=("other",))


@dataclass
class World:
    """A weekly result and a record, as small as a release needs, that a test changes before it asks for a list."""

    as_of: dt.date = FIRST
    settings: ListSettings = LISTS
    scores: dict = field(default_factory=lambda: {f"p{place}": 2.0 - 0.5 * place for place in range(8)})
    practice: dict = field(default_factory=dict)
    because: dict = field(default_factory=dict)
    dead: set = field(default_factory=set)
    gone: set = field(default_factory=set)
    now: dict = field(default_factory=dict)
    other: dict = field(default_factory=dict)
    taken: dt.date | None = None
    unexplained: set = field(default_factory=set)
    latest_event_days: int = 10

    def released(self, folder):
        workspace = Workspace(folder)
        with workspace.draft("record") as draft:
            self._record(draft)
            sources = {"deaths": {"as_at": str(self.taken or self.as_of), "supplies": ["death"], "extract": "deaths"}}
            record = draft.finish({"sources": sources, "supplied": ["hospital"]})
        with workspace.draft("lists") as draft:
            self._lists(draft)
            lists = draft.finish(
                {
                    "as_of": str(self.as_of),
                    "lists": self.settings.model_dump(mode="json"),
                    "models": {"other": {**MODEL, "label": "other@1"}, "small": MODEL},
                    "registered": {"A1": 100, "A2": 50},
                    "attrition": {"small": [{"rule": "everyone in the record", "left_out": 0, "left": 8}]},
                }
            )
        site = Site(
            name="Somewhere", extract_date=self.as_of, person_key={"kind": "nhs_number"}, pseudonym_key={"env": "X"},
            sources={"hes_apc": {"files": "a.csv"}}, lists=self.settings,
        )  # fmt: skip
        return Released.of(site, lists, record)

    def _where(self, person):
        return self.practice.get(person, "A1")

    def _record(self, draft):
        there = [person for person in self.scores if person not in self.gone]
        died = [self.as_of if person in self.dead else None for person in there]
        pd.DataFrame({"person_id": there, "death_date": pd.array(died, dtype="object")}).to_parquet(draft / "people.parquet")
        rows = [(person, self.now.get(person, self._where(person))) for person in there]
        registered = pd.DataFrame(rows, columns=["person_id", "practice_code"])
        registered = registered.assign(start_date=dt.date(2020, 1, 1), end_date=None, superseded_date=None)
        registered.to_parquet(draft / "registrations.parquet")
        practices = pd.DataFrame({"practice_code": ["A1", "A2", "B1"], "practice_name": ["Mill", "Bridge", "Far"],
                                  "gp_cluster": ["Vale", "Vale", "Hill"]})  # fmt: skip
        practices.to_parquet(draft / "practices.parquet")
        latest = self.as_of - dt.timedelta(days=self.latest_event_days)
        columns = ["source", "kind", "practice_code", "events", "latest_event", "latest_known"]
        feeds = pd.DataFrame([("hes_apc", "hospital", "A1", 900, latest, latest)], columns=columns)
        feeds.to_parquet(draft / "feeds.parquet")

    def _lists(self, draft):
        ordered = sorted(self.scores, key=lambda person: -self.scores[person])
        raw = [self.scores[person] for person in ordered]
        table = pd.DataFrame(
            {
                "person_id": ordered, "block": 0, "practice_code": [self._where(person) for person in ordered],
                "gp_cluster": "Vale", "age": 80.5, "sex": 0, "raw": raw, "risk_small": 1 / (1 + np.exp(-np.array(raw))),
                "risk_other": [self.other.get(person, np.nan) for person in ordered],
                "because": pd.array([self.because.get(person) for person in ordered], dtype="object"), "tie": 0.5,
            }
        )  # fmt: skip
        table.to_parquet(draft / "candidates.parquet")
        (draft / "risks" / "small").mkdir(parents=True)
        risks = table[["person_id", "risk_small"]].rename(columns={"risk_small": "risk"})
        risks.to_parquet(draft / "risks" / "small" / "00000.parquet")
        reasons = [
            row
            for person in ordered
            if person not in self.unexplained
            for row in (
                (person, "raising", 0, "Emergency admissions", f"reason of {person}", 1.0, None),
                (person, "sum", 0, "Emergency admissions", "", 1.0, None),
                (person, "base", 0, "", "", self.scores[person] - 1.0, None),
            )
        ]
        columns = ["person_id", "kind", "place", "theme", "words", "contribution", "latest_date"]
        pd.DataFrame(reasons, columns=columns).to_parquet(draft / "reasons.parquet")
        pd.DataFrame({"person_id": ["p0"], "lane": ["GP practice"], "start": [-9], "end": [-9]}).to_parquet(
            draft / "years.parquet"
        )


@pytest.fixture
def history(tmp_path):
    found = ListHistory(f"sqlite:///{tmp_path / 'decisions.db'}")
    yield found
    found.close()


@pytest.fixture
def make(tmp_path, history):
    """Make the list of a world."""
    made = []

    def build(world, scope=HERE):
        made.append(world)
        return release(world.released(tmp_path / str(len(made))), scope, history, {})

    return build


def ids(made):
    return [one.person_id for one in made.people]


# --- who is on it ----------------------------------------------------------------------------------


def test_a_list_holds_exactly_k_in_order_with_their_reasons(make):
    made = make(World(other={"p1": 0.25}))
    assert ids(made) == ["p0", "p1", "p2"]
    assert [one.rank for one in made.people] == [1, 2, 3]
    assert [one.raising for one in made.people] == [(f"reason of {person}",) for person in ids(made)]
    assert {one.change for one in made.people} == {"new"}
    assert (made.k, made.title, made.previous) == (3, "Mill (A1)", None)
    assert made.do_not_use_after == dt.date(2026, 3, 18)
    assert [one.others[0].words for one in made.people[:2]] == ["not in this model's group", "about 25 in 100"]
    assert made.people[0].shares == {"Emergency admissions": 1.0, "": 1.0}


@pytest.mark.parametrize(
    ("about", "because"),
    [
        ({"dead": {"p1"}}, "died"),
        ({"gone": {"p1"}}, "no longer available"),
        ({"now": {"p1": "B1"}}, "moved to another practice"),
        ({"because": {"p1": "lives in a care home"}}, "lives in a care home"),
    ],
)
def test_what_the_newest_record_knows_removes_a_person_and_the_next_one_moves_up(make, about, because):
    made = make(World(**about))
    assert ids(made) == ["p0", "p2", "p3"]
    assert [(one.person_id, one.because) for one in made.removed] == [("p1", because)]


def test_death_comes_before_a_rule(make):
    made = make(World(dead={"p1"}, because={"p1": "on the end-of-life register"}))
    assert [one.because for one in made.removed] == ["died"]


def test_only_those_who_would_have_stood_on_the_list_are_told_as_removed(make):
    made = make(World(because={"p0": "lives in a care home", "p7": "lives in a care home"}))
    assert [one.person_id for one in made.removed] == ["p0"]


def test_fewer_than_k_are_listed_where_fewer_are_eligible(make):
    assert ids(make(World(dead={f"p{place}" for place in range(6)}))) == ["p6", "p7"]


def test_nobody_is_listed_without_reasons(make):
    with pytest.raises(ReleaseError, match="needs a new weekly run") as caught:
        make(World(dead={"p0"}, unexplained={"p3"}))
    assert "1 of its people have no reasons" in caught.value.render()


def test_a_cluster_spans_its_practices_and_tells_what_each_share_would_find(make):
    made = make(World(practice={"p1": "A2", "p3": "A2"}), THERE)
    assert ids(made) == ["p0", "p1", "p2", "p3"]
    assert [one.practice_name for one in made.people] == ["Mill", "Bridge", "Mill", "Bridge"]
    assert made.share_words == "by risk alone"
    assert [one.method for one in made.choices] == ["risk", "list_size", "floor"]
    assert [one.people for one in made.choices] == [4, 4, 4]


# --- what changed ----------------------------------------------------------------------------------


def test_changes_since_the_last_list(make):
    make(World())  # p0, p1, p2
    scores = {"p0": 1.5, "p1": 2.0, "p2": 0.2, "p3": 1.0, "p4": 0.0}
    made = make(World(as_of=SECOND, scores=scores))
    assert [(one.person_id, one.change) for one in made.people] == [("p1", "up"), ("p0", "down"), ("p3", "new")]
    assert made.previous == FIRST
    same = make(World(as_of=SECOND + dt.timedelta(days=28), scores=scores))
    assert {one.change for one in same.people} == {"same"}


@pytest.mark.parametrize(
    ("about", "because"),
    [
        ({"dead": {"p2"}}, "died"),
        ({"gone": {"p2"}}, "no longer available"),
        ({"now": {"p2": "B1"}}, "moved to another practice"),
        ({"because": {"p2": "on the caseload of a service"}}, "on the caseload of a service"),
        ({"because": {"p2": "declined on 18 Mar 2026"}}, "declined on 18 Mar 2026"),
    ],
)
def test_who_left_and_why(make, about, because):
    make(World())
    made = make(World(as_of=SECOND, **about))
    assert [(one.person_id, one.last_rank, one.because) for one in made.left] == [("p2", 3, because)]


def test_a_person_whose_risk_fell_is_told_from_one_who_was_outranked(make):
    first = World()
    make(first)
    fell = make(World(as_of=SECOND, scores={**first.scores, "p2": 0.2, "p3": 0.9}))
    assert [(one.person_id, one.because) for one in fell.left] == [("p2", "risk fell")]
    later = make(World(as_of=SECOND + dt.timedelta(days=28), scores={**first.scores, "p3": 0.4, "p5": 1.9}))
    assert [(one.person_id, one.because) for one in later.left] == [("p3", "risk fell")]


def test_a_person_with_the_same_risk_was_outranked(make):
    first = World()
    make(first)
    made = make(World(as_of=SECOND, scores={**first.scores, "p7": 3.0}))
    assert [(one.person_id, one.because) for one in made.left] == [("p2", "outranked")]


def test_a_list_made_twice_is_the_same_list_and_is_kept_once(make, history):
    one, again = make(World()), make(World())
    assert one == again
    assert len(history.issued(one.list_id)) == 3
    other = make(World(scores={**World().scores, "p0": 2.5}))
    assert other.list_id != one.list_id


def test_another_list_of_the_same_day_is_not_the_last_one(make):
    make(World())
    assert make(World(scores={**World().scores, "p7": 3.0})).previous is None


# --- what stops a list -----------------------------------------------------------------------------


def test_an_unknown_practice_is_refused_with_its_nearest(make):
    with pytest.raises(ReleaseError) as caught:
        make(World(), Scope(PRACTICE, "A9"))
    assert "nobody to list for 'A9'" in caught.value.render()
    assert caught.value.exit_code == 16


def test_old_deaths_stop_a_list(make):
    with pytest.raises(ReleaseError, match="not released"):
        make(World(taken=FIRST - dt.timedelta(days=15)))


def test_a_stale_hospital_feed_stamps_or_withholds_the_list(make):
    assert make(World()).stamp == ""
    assert make(World(latest_event_days=90)).stamp.startswith("Use with care")
    withheld = LISTS.model_copy(update={"silent_hospital_feed": "withhold"})
    with pytest.raises(ReleaseError, match="withheld"):
        make(World(latest_event_days=90, settings=withheld))


# --- names and rules -------------------------------------------------------------------------------


def test_every_practice_and_cluster_with_anyone_to_list_has_a_list(tmp_path):
    given = World(practice={"p3": "A2"}).released(tmp_path / "one")
    assert [str(scope) for scope in scopes_of(given)] == ["practice:A1", "practice:A2", "cluster:Vale"]


def test_two_names_that_a_file_cannot_tell_apart_get_two_files():
    names = {Scope(CLUSTER, name).slug for name in ("North & West", "North / West", "North-West")}
    assert len(names) == 3
    assert Scope(PRACTICE, "A1").slug == "practice-A1"
    assert all(letter.isalnum() or letter == "-" for name in names for letter in name)


def test_rules_are_told_only_where_they_apply():
    every = rules_in_words(ListSettings())
    assert any("care home" in one for one in every)
    assert any("6 weeks" in one for one in every)
    none = {"care_home_residents": False, "on_caseload": False, "end_of_life_register": False,
            "discussed_within_weeks": 0, "declined_within_weeks": 0}  # fmt: skip
    left = rules_in_words(ListSettings(rules=none))
    assert left == ["People who have died, moved away or objected are removed when the list is made."]


# --- a hold-out ------------------------------------------------------------------------------------------------------

HOLDING = LISTS.model_copy(update={"hold_out": HoldOut(share=0.25, starts=FIRST, approval="REF-7")})


def held(*people, **changes):
    return World(settings=HOLDING, because={person: "held out by agreement" for person in people}, **changes)


def test_those_held_out_give_up_their_place_and_are_named_nowhere(make, history):
    made = make(held("p0", "p2"))
    assert ids(made) == ["p1", "p3", "p4"]
    assert made.removed == ()
    assert made.held_out == 2
    (kept,) = history.every_hold_out()
    assert (kept.list_id, kept.as_of, kept.share, kept.listed, kept.people) == (made.list_id, FIRST, 0.25, 3, ("p0", "p2"))


def test_who_would_not_have_stood_on_the_list_is_not_recorded(make, history):
    made = make(held("p0", "p6"))
    assert ids(made) == ["p1", "p2", "p3"]
    assert history.every_hold_out()[0].people == ("p0",)
    assert made.held_out == 1


def test_everyone_held_out_is_recorded_where_places_are_left(make, history):
    made = make(held("p0", "p7", scores={"p0": 1.0, "p1": 0.5, "p7": 0.1}))
    assert ids(made) == ["p1"]
    assert history.every_hold_out()[0].people == ("p0", "p7")


def test_on_a_clusters_list_each_is_judged_by_how_places_are_shared(make, history):
    """One place for each practice first: the best of A2 would stand on the list though three of A1 score higher."""
    share = {"method": "floor", "floor": 1}
    settings = HOLDING.model_copy(update={"cluster_k": 2, "cluster_share": ClusterShare(**share)})
    scores = {"p0": 3.0, "p1": 2.5, "p2": 2.0, "p3": 1.0, "p4": 0.5}
    world = held("p1", "p3", scores=scores, practice={"p3": "A2", "p4": "A2"})
    world.settings = settings
    assert ids(make(world, THERE)) == ["p0", "p4"]
    assert history.every_hold_out()[0].people == ("p3",)


def test_who_is_newly_held_out_is_not_told_to_have_left(make):
    make(World())
    made = make(held("p1", as_of=SECOND))
    assert ids(made) == ["p0", "p2", "p3"]
    assert made.left == ()


def test_a_death_goes_before_a_hold_out(make, history):
    made = make(held("p0", dead={"p0"}))
    assert [one.because for one in made.removed] == ["died"]
    assert history.every_hold_out()[0].people == ()


def test_before_it_starts_and_without_it_nothing_is_recorded(make, history):
    early = HOLDING.model_copy(update={"hold_out": HoldOut(share=0.25, starts=SECOND)})
    assert make(World(settings=early)).held_out is None
    assert make(World()).held_out is None
    assert history.every_hold_out() == []


def test_the_list_says_that_people_are_held_out_and_under_which_approval():
    (words,) = [one for one in rules_in_words(HOLDING) if "drawn by chance" in one]
    assert "25 in 100" in words
    assert "REF-7" in words
    assert "discuss anyone" in words
    assert not [one for one in rules_in_words(LISTS) if "drawn by chance" in one]
