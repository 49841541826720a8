"""Pairs keep their promises whatever the settings, and agree with a plain loop and an exact solver."""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from casefinder import matching as m


def people(seed=0, treated=25, controls=150, landmarks=3, coarse=False):
    """Rows of risk sets: everyone at each landmark until they start; scores rounded where ties are wanted."""
    draw = np.random.default_rng(seed)
    count = treated + controls
    start = np.where(np.arange(count) < treated, draw.integers(0, landmarks, count), landmarks)
    person, landmark = (grid.ravel() for grid in np.meshgrid(np.arange(count), np.arange(landmarks), indexing="ij"))
    in_set = landmark <= start[person]
    person, landmark = person[in_set], landmark[in_set]
    age = draw.integers(0, 3, count)[person]
    lp = draw.normal(0.7 * (start < landmarks), 1)[person] + draw.normal(0, 0.1, len(person))
    prognosis = lp / 2 + draw.normal(0, 1, len(person))
    near = draw.normal(size=(len(person), 3)) @ draw.normal(size=(3, 3))
    if coarse:
        lp, prognosis, near = np.round(lp), np.round(prognosis), np.round(near)
    return {
        "person": np.array([f"p{number:04d}" for number in person]),
        "landmark": landmark,
        "treated": landmark == start[person],
        "propensity": lp,
        "prognostic": prognosis,
        "closeness": near,
        "exact": [age],
    }


def rows(given, order=None, **changed):
    given = given | changed
    place = np.arange(len(given["person"])) if order is None else order
    columns = {name: [c[place] for c in column] if name == "exact" else column if np.isscalar(column) else column[place]
               for name, column in given.items()}  # fmt: skip
    return m.risk_sets(**columns)


SETTINGS = [
    m.MatchSettings(ratio, caliper, spread, method, replacement, propensity_only)
    for ratio, caliper, spread, method, replacement, propensity_only in itertools.product(
        (1, 3), (0.2, None), ("everyone", "pooled_within_groups"), ("greedy", "optimal"), (False, True), (False, True)
    )
    if not (replacement and method == "optimal")
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda one: "-".join(map(str, dataclasses.astuple(one))))
@pytest.mark.parametrize("coarse", [False, True])
def test_any_order_of_rows_gives_the_same_pairs_and_they_keep_their_promises(settings, coarse):
    given = people(1, coarse=coarse)
    asked = rows(given)
    pairs = m.match(asked, settings)
    shuffled = np.random.default_rng(2).permutation(len(asked.person))
    again = m.match(rows(given, shuffled), settings)
    assert len(pairs.treated) > 5
    assert pairs.treated.tolist() == shuffled[again.treated].tolist()
    assert pairs.control.tolist() == shuffled[again.control].tolist()
    assert pairs.unmatched.tolist() == shuffled[again.unmatched].tolist()
    assert pairs.calipers == again.calipers


def plain_greedy(asked, settings):
    """The rule as one would say it: serve by score, once each a round, the nearest left that is allowed."""
    covariance = sum(
        (asked.closeness[arm] - asked.closeness[arm].mean(0)).T @ (asked.closeness[arm] - asked.closeness[arm].mean(0))
        for arm in (asked.treated, ~asked.treated)
    ) / (len(asked.treated) - 2)
    inverse = np.linalg.inv(covariance)
    c1, c2 = 0.2 * np.std(asked.propensity, ddof=1), 0.2 * np.std(asked.prognostic, ddof=1)
    used, pairs = set(), []
    order = sorted(np.flatnonzero(asked.treated), key=lambda row: (-asked.propensity[row], asked.person[row]))
    for _ in range(settings.ratio):
        for row in order:
            best = None
            for other in np.flatnonzero(~asked.treated):
                gap = asked.closeness[row] - asked.closeness[other]
                if (
                    asked.landmark[row] == asked.landmark[other]
                    and asked.stratum[row] == asked.stratum[other]
                    and abs(asked.propensity[row] - asked.propensity[other]) <= c1
                    and abs(asked.prognostic[row] - asked.prognostic[other]) <= c2
                    and asked.person[other] not in used
                ):
                    best = min(best or (np.inf, 0, 0), (float(np.sqrt(gap @ inverse @ gap)), asked.person[other], other))
            if best:
                used.add(best[1])
                pairs.append((row, best[2], best[0]))
    return pairs


@pytest.mark.parametrize("seed", range(4))
def test_greedy_agrees_with_a_plain_loop(seed):
    asked = rows(people(seed, treated=15, controls=120))
    settings = m.MatchSettings(ratio=2)
    pairs = m.match(asked, settings)
    wanted = sorted(plain_greedy(asked, settings))
    found = sorted(zip(pairs.treated, pairs.control, pairs.distance, strict=True))
    assert [pair[:2] for pair in found] == [pair[:2] for pair in wanted]
    assert [pair[2] for pair in found] == pytest.approx([pair[2] for pair in wanted], rel=1e-9)


def solved(asked, ratio, caliper):
    """The exact solver on the whole table: people as columns, everyone with a column of their own to stay without."""
    covariates = m.distance.Distance(asked)
    treated = np.flatnonzero(asked.treated)
    count = asked.person.max() + 1
    table = np.full((len(treated) * ratio, count + len(treated) * ratio), 1e15)
    for number, row in enumerate(treated):
        for other in np.flatnonzero(~asked.treated & (asked.stratum == asked.stratum[row])):
            near = abs(asked.propensity[row] - asked.propensity[other]) <= caliper.propensity
            if near and abs(asked.prognostic[row] - asked.prognostic[other]) <= caliper.prognostic:
                apart = covariates.between(row, np.array([other]))[0]
                table[number * ratio : (number + 1) * ratio, asked.person[other]] = apart
    for copy in range(len(table)):
        table[copy, count + copy] = 1e8 if copy % ratio == 0 else 1e4
    line, column = linear_sum_assignment(table)
    real = column < count
    return len(set(line[real] // ratio)), int(real.sum()), float(table[line, column][real].sum())


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_optimal_matching_equals_an_exact_assignment_solver(seed, ratio):
    asked = rows(people(seed, treated=30, controls=60))
    pairs = m.match(asked, m.MatchSettings(ratio=ratio, caliper=0.5, method="optimal"))
    found = len(set(pairs.treated)), len(pairs.control), pytest.approx(float(pairs.distance.sum()), rel=1e-9)
    assert found == solved(asked, ratio, pairs.calipers)


def test_optimal_is_never_further_apart_than_greedy_with_as_many_pairs():
    asked = rows(people(3, treated=40, controls=80), exact=[])
    one, other = (m.match(asked, m.MatchSettings(1, None, method=method)) for method in ("greedy", "optimal"))
    assert len(one.control) == len(other.control) == 40
    assert other.distance.sum() < one.distance.sum()


def by_hand(**changed):
    """Three people at landmark 1; ann starts then, bob at landmark 2, cat never."""
    given = {
        "person": ["ann", "bob", "cat", "bob", "cat"],
        "landmark": [1, 1, 1, 2, 2],
        "treated": [1, 0, 0, 1, 0],
        "propensity": [0.0, 0.1, 5.0, 0.0, 0.2],
    }
    return m.risk_sets(**(given | changed))


def test_somebody_treated_later_is_a_control_until_then():
    asked = by_hand()
    pairs = m.match(asked, m.MatchSettings(ratio=1, caliper=None))
    assert set(zip(pairs.treated.tolist(), pairs.control.tolist(), strict=True)) == {(0, 1), (3, 4)}
    assert asked.start[asked.person[pairs.control]].tolist().count(2) == 1


def test_a_control_is_used_once_over_all_landmarks():
    asked = m.risk_sets([1, 9, 2, 9], [1, 1, 2, 2], [1, 0, 1, 0], [1.0, 1.0, 0.5, 0.5])
    pairs = m.match(asked, m.MatchSettings(ratio=1, caliper=None))
    assert (pairs.treated.tolist(), pairs.control.tolist(), pairs.unmatched.tolist()) == ([0], [1], [2])
    assert pairs.share_unmatched == 0.5
    again = m.match(asked, m.MatchSettings(ratio=1, caliper=None, replacement=True))
    assert again.control.tolist() == [1, 3]
    assert again.effective_controls(asked) == 1.0


def test_everyone_is_served_once_before_anyone_twice():
    asked = m.risk_sets(range(5), [0] * 5, [1, 1, 0, 0, 0], [3.0, 2.0, 2.9, 2.8, 2.7])
    pairs = m.match(asked, m.MatchSettings(ratio=2, caliper=None))
    assert list(zip(pairs.treated, pairs.control, strict=True)) == [(0, 2), (0, 3), (1, 4)]
    members = pairs.members()
    assert members.row.tolist() == [0, 2, 3, 1, 4]
    assert members.matched_set.tolist() == [0, 0, 0, 1, 1]
    assert members.weight.tolist() == [1, 0.5, 0.5, 1, 1]
    assert pairs.effective_controls(asked) == pytest.approx(4 / 1.5)


@pytest.mark.parametrize(
    ("of", "width"), [("everyone", np.std([0.0, 1, 4, 5, 6], ddof=1)), ("pooled_within_groups", np.sqrt(0.75))]
)
def test_the_caliper_is_a_share_of_the_named_deviation(of, width):
    asked = m.risk_sets(range(5), [0] * 5, [1, 1, 0, 0, 0], [0.0, 1.0, 4.0, 5.0, 6.0])
    assert m.match(asked, m.MatchSettings(caliper=0.2, spread=of)).calipers.propensity == pytest.approx(0.2 * width)


def test_equal_candidates_are_told_apart_by_seed_and_person_alone():
    """One control as far below as the other is above: the seed chooses, not the side and not the row."""
    chosen = set()
    for seed in range(12):
        both = []
        for order in ([0, 1, 2], [2, 1, 0]):
            labels, scores = np.array(["ann", "bob", "cat"])[order], np.array([1.0, 0.5, 1.5])[order]
            asked = m.risk_sets(labels, [0] * 3, labels == "ann", scores, seed=seed)
            both.append(str(labels[m.match(asked, m.MatchSettings(ratio=1, caliper=None)).control[0]]))
        assert both[0] == both[1]
        chosen.add(both[0])
    assert chosen == {"bob", "cat"}


def test_nobody_inside_the_calipers_leaves_no_pairs():
    asked = m.risk_sets(range(4), [0] * 4, [1, 0, 0, 0], [9.0, 1.0, 1.1, 1.2])
    for method in ("greedy", "optimal"):
        pairs = m.match(asked, m.MatchSettings(caliper=0.01, method=method))
        assert (len(pairs.control), pairs.unmatched.tolist(), pairs.share_unmatched) == (0, [0], 1.0)
        assert len(pairs.members().row) == 0


@pytest.mark.parametrize(("changed", "told"), [
    ({"treated": [0, 0, 0, 0, 0]}, "nobody is treated"),
    ({"person": ["ann", "ann", "cat", "bob", "cat"]}, "repeat a person at a landmark"),
    ({"treated": [1, 1, 0, 1, 0]}, "treated in another row"),
    ({"treated": [1, 0, 1, 0, 0]}, "have been treated by their landmark"),
    ({"propensity": [0, 1, 2]}, "one label a person"),
    ({"propensity": [0, 1, np.nan, 2, 3]}, "missing or infinite"),
    ({"landmark": [1, 1, 1, 2.5, 2]}, "whole numbers"),
    ({"exact": [["a", "b"]]}, "exact"),
    ({"closeness": [1, 2, 3, 4, 5]}, "closeness must be"),
    ({"closeness": [[1], [2], [3], [4], [np.nan]]}, "closeness has 1 missing"),
    ({"prognostic": [1]}, "prognostic must have one value a row"),
])  # fmt: skip
def test_mistakes_in_the_rows_are_named_without_naming_anyone(changed, told):
    with pytest.raises(ValueError, match=told) as raised:
        by_hand(**changed)
    assert not any(name in str(raised.value) for name in ("ann", "bob", "cat"))


@pytest.mark.parametrize("wrong", [{"ratio": 0}, {"caliper": 0.0}, {"spread": "x"}, {"method": "x"},
                                   {"method": "optimal", "replacement": True}])  # fmt: skip
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must be|with replacement"):
        m.MatchSettings(**wrong)


@pytest.mark.parametrize(("broken", "told"), [
    (lambda pairs: {"control": pairs.control[[0, 0, *range(2, len(pairs.control))]]}, "used twice"),
    (lambda pairs: {"control": pairs.treated}, "their own control"),
    (lambda pairs: {"calipers": m.Calipers(0.0, 0.0)}, "propensity scores are further apart"),
    (lambda pairs: {"calipers": m.Calipers(9.0, 0.0)}, "prognostic scores are further apart"),
    (lambda pairs: {"control": pairs.control[::-1]}, "landmark or exact variables differ"),
    (lambda pairs: {"unmatched": pairs.treated[:1]}, "neither matched nor listed"),
    (lambda pairs: {"settings": m.MatchSettings(ratio=1)}, "more controls than the ratio"),
    (lambda pairs: {"treated": pairs.control}, "stands as treated"),
])  # fmt: skip
def test_broken_pairs_are_found(broken, told):
    asked = rows(people(1))
    pairs = m.match(asked)
    with pytest.raises(m.BrokenPairs, match=told):
        dataclasses.replace(pairs, **broken(pairs)).check(asked)


def test_a_control_after_their_own_start_is_found():
    asked = by_hand()
    pairs = m.match(asked, m.MatchSettings(ratio=1, caliper=None))
    late = dataclasses.replace(asked, start=np.zeros_like(asked.start))
    with pytest.raises(m.BrokenPairs, match="had started by then"):
        pairs.check(late)


def test_columns_that_do_not_vary_or_repeat_others_count_for_nothing():
    given = people(4)
    near = given["closeness"]
    more = np.column_stack([near, np.ones(len(near)), near[:, 0] + near[:, 1]])
    one, other = m.match(rows(given)), m.match(rows(given, closeness=more))
    assert one.distance == pytest.approx(other.distance)
    assert one.control.tolist() == other.control.tolist()


def test_controls_are_followed_to_their_own_start():
    """ann starts at 1 with bob as a control, who starts at 4; cat never does."""
    asked = m.risk_sets(["ann", "bob", "cat", "bob"], [1, 1, 1, 4], [1, 0, 0, 1], [0.0, 0.1, 0.2, 0.0])
    members = m.match(asked, m.MatchSettings(ratio=2, caliper=None)).members()
    of = {
        name: np.flatnonzero(asked.person[members.row] == asked.person[row])
        for row, name in enumerate(("ann", "bob", "cat"))
    }
    followed = m.follow_up(asked, members, 12)
    assert (followed[of["ann"]].tolist(), followed[of["bob"]].tolist(), followed[of["cat"]].tolist()) == ([12], [3], [12])
    assert m.follow_up(asked, members, 2).tolist() == [2, 2, 2]
    assert m.follow_up(asked, members, 12, pairwise=True).tolist() == [3, 3, 3]
    with pytest.raises(ValueError, match="horizon"):
        m.follow_up(asked, members, 0)


def test_every_match_is_checked(monkeypatch):
    def one_control_for_all(rows, *_given):
        treated = rows.treated_rows()
        return m.nearest.Found(treated, np.full(len(treated), np.flatnonzero(~rows.treated)[0]), np.zeros(len(treated)))

    monkeypatch.setattr(m.pairs, "nearest", one_control_for_all)
    with pytest.raises(m.BrokenPairs, match="used twice"):
        m.match(rows(people(1)))
