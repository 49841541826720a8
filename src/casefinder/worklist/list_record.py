"""The archive of lists, hold-outs and decisions as arrays, for those who fit models and watch them."""

from collections.abc import Iterable

from casefinder.config.site import ServiceSettings
from casefinder.dates import to_day
from casefinder.modelling.served_people import Dated, ListRecord
from casefinder.worklist.history import HoldOutOfList, ListHistory, PastDecision


def list_record(history: ListHistory, services: ServiceSettings) -> ListRecord:
    """Return what is on record of issued lists, of hold-outs, and of decisions that count as a service."""
    listings, hold_outs = history.every_listing(), history.every_hold_out()
    covered = {one.list_id for one in hold_outs}
    still_there = {list_id for list_id, _person, _day in listings}
    return ListRecord(
        listed=Dated([person for _list, person, _day in listings], [to_day(day) for _list, _person, day in listings]),
        held_out=_by_share(hold_outs),
        decided=decided_services(history.decisions().values(), services),
        without=tuple(sorted({to_day(day) for list_id, _person, day in listings if list_id not in covered})),
        lost=tuple(sorted({to_day(one.as_of) for one in hold_outs if one.listed and one.list_id not in still_there})),
    )


def _by_share(hold_outs: Iterable[HoldOutOfList]) -> dict[float, Dated]:
    """Return who would have stood on a list, had they not been held out, by the share held out."""
    found: dict[float, list[tuple[str, int]]] = {}
    for one in hold_outs:
        found.setdefault(one.share, []).extend((person, to_day(one.as_of)) for person in one.people)
    return {share: Dated([person for person, _day in facts], [day for _person, day in facts])
            for share, facts in found.items()}  # fmt: skip


def decided_services(decisions: Iterable[Iterable[PastDecision]], services: ServiceSettings) -> Dated:
    """Return who got a service by a decision, and when."""
    counted = [
        one
        for past in decisions
        for one in past
        if one.decision in services.decisions and (one.referred_to or not services.referred_only)
    ]
    return Dated([one.person_id for one in counted], [to_day(one.decided_on) for one in counted])
