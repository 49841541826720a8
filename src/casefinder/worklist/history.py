"""What meetings have decided, and which lists they held: append-only, in SQLite by default or PostgreSQL by URL."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from casefinder.errors import ConfigError, DecisionError, MissingPartError, Problem

SCHEMA_VERSION = 1
POSTGRESQL_DRIVER = "postgresql+pg8000"
"""Pure Python under a BSD licence; a URL may name another driver that is installed."""
_METADATA = sa.MetaData()

_VERSION = sa.Table("casefinder_schema", _METADATA, sa.Column("version", sa.Integer, primary_key=True))
ISSUED = sa.Table(
    "issued_lists",
    _METADATA,
    sa.Column("list_id", sa.String(80), primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True),
    sa.Column("person_id", sa.String(12), nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("scope", sa.String(80), nullable=False),
    sa.Column("model", sa.String(120), nullable=False),
    sa.Column("risk", sa.Float, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
)
HOLD_OUTS = sa.Table(
    "lists_with_hold_out",
    _METADATA,
    sa.Column("list_id", sa.String(80), primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("share", sa.Float, nullable=False),
    sa.Column("listed", sa.Integer, nullable=False),
)
HELD_OUT = sa.Table(
    "held_out",
    _METADATA,
    sa.Column("list_id", sa.String(80), primary_key=True),
    sa.Column("person_id", sa.String(12), primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("share", sa.Float, nullable=False),
)
INVITATIONS = sa.Table(
    "lists_with_invitation",
    _METADATA,
    sa.Column("list_id", sa.String(80), primary_key=True),
    sa.Column("scope", sa.String(80), nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("places", sa.Integer, nullable=False),
    sa.Column("listed", sa.Integer, nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.UniqueConstraint("scope", "as_of", name="one_draw_for_a_meeting"),
)
INVITED = sa.Table(
    "invited",
    _METADATA,
    sa.Column("list_id", sa.String(80), primary_key=True),
    sa.Column("person_id", sa.String(12), primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
)
DECISIONS = sa.Table(
    "decisions",
    _METADATA,
    sa.Column("list_id", sa.String(80), primary_key=True),
    sa.Column("person_id", sa.String(12), primary_key=True),
    sa.Column("decided_on", sa.Date, primary_key=True),
    sa.Column("decision", sa.String(20), nullable=False),
    sa.Column("owner", sa.String(120)),
    sa.Column("next_action", sa.String(500)),
    sa.Column("referred_to", sa.String(120)),
    sa.Column("review_by", sa.Date),
    sa.Column("decided_by", sa.String(120)),
)
AUDIT = sa.Table(
    "audit",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("what", sa.String(120), nullable=False),
    sa.Column("list_id", sa.String(80)),
    sa.Column("people", sa.Integer, nullable=False),
)


@dataclass(frozen=True)
class PastDecision:
    """One decision of one meeting about one person."""

    list_id: str
    person_id: str
    decided_on: dt.date
    decision: str
    owner: str | None = None
    next_action: str | None = None
    referred_to: str | None = None
    review_by: dt.date | None = None
    decided_by: str | None = None


@dataclass(frozen=True)
class IssuedRow:
    """One person on one issued list."""

    list_id: str
    rank: int
    person_id: str
    as_of: dt.date
    scope: str
    model: str
    risk: float


@dataclass(frozen=True)
class HoldOutOfList:
    """The hold-out that stood when a list was issued, with those whom it kept off that list.

    ``listed`` is how many stood on the list: should their rows be purged one day, this tells that they are missing.
    """

    list_id: str
    as_of: dt.date
    share: float
    listed: int
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invitation:
    """Who of a list was invited, drawn by chance because a meeting had places for fewer people than were listed.

    There is one draw for a scope and date. ``listed`` is how many stood on the list that was drawn from, ``seed`` what
    settled the draw, ``people`` those invited, in the order of their pseudonyms.
    """

    list_id: str
    scope: str
    as_of: dt.date
    places: int
    listed: int
    seed: int
    people: tuple[str, ...] = ()


class ListHistory:
    """The database of issued lists, decisions and who named people."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        try:
            _METADATA.create_all(self._engine)
            with self._engine.begin() as connection:
                found = connection.execute(sa.select(_VERSION.c.version)).scalar()
                if found is None:
                    connection.execute(_VERSION.insert().values(version=SCHEMA_VERSION))
        except sa.exc.SQLAlchemyError as error:
            problem = Problem("decisions_url", type(getattr(error, "orig", error)).__name__)
            raise ConfigError(
                "The database of decisions cannot be reached:", [problem], "Check 'decisions_url' in the site file."
            ) from None
        if found is not None and found != SCHEMA_VERSION:
            raise ConfigError(
                f"The database of decisions has version {found}; this casefinder reads version {SCHEMA_VERSION}."
            )

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def decisions(self) -> dict[str, list[PastDecision]]:
        """Return every decision by person, oldest first."""
        found: dict[str, list[PastDecision]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(sa.select(DECISIONS).order_by(DECISIONS.c.decided_on, DECISIONS.c.list_id)):
                found.setdefault(row.person_id, []).append(PastDecision(**row._mapping))
        return found

    def decisions_of(self, list_id: str) -> list[PastDecision]:
        """Return the decisions taken on one list."""
        query = (
            sa.select(DECISIONS)
            .where(DECISIONS.c.list_id == list_id)
            .order_by(DECISIONS.c.person_id, DECISIONS.c.decided_on)
        )
        with self._engine.connect() as connection:
            return [PastDecision(**row._mapping) for row in connection.execute(query)]

    def record(self, decisions: Iterable[PastDecision]) -> None:
        """Add decisions, all or none.

        Raises:
            DecisionError: one of them is there already.
        """
        rows = [asdict(one) for one in decisions]
        if not rows:
            return
        try:
            with self._engine.begin() as connection:
                connection.execute(DECISIONS.insert(), rows)
        except sa.exc.IntegrityError:
            raise DecisionError(
                "Somebody took decisions about the same people in while this file was being read; nothing was changed.",
                remedy="Read the file again: what it adds will be told apart from what is there.",
            ) from None

    def issued(self, list_id: str) -> list[IssuedRow]:
        """Return the people of an issued list in order of rank; empty where no such list was issued."""
        columns = [column for column in ISSUED.c if column is not ISSUED.c.sequence]
        query = sa.select(*columns).where(ISSUED.c.list_id == list_id).order_by(ISSUED.c.rank)
        with self._engine.connect() as connection:
            return [IssuedRow(**row._mapping) for row in connection.execute(query)]

    def last_before(self, scope: str, as_of: dt.date) -> list[IssuedRow]:
        """Return the list issued last for a practice or cluster before a date; empty where there was none."""
        with self._engine.connect() as connection:
            query = sa.select(ISSUED.c.list_id).where(ISSUED.c.scope == scope, ISSUED.c.as_of < as_of)
            latest = connection.execute(query.order_by(ISSUED.c.as_of.desc(), ISSUED.c.sequence.desc()).limit(1)).scalar()
        return self.issued(latest) if latest else []

    def known_between(self, since: dt.date, until: dt.date) -> tuple[int, set[str]]:
        """Return how many lists were issued from a date up to and without another, and everyone on one of them.

        Whoever a meeting decided on before ``until`` is among them too.
        """
        issued = sa.select(ISSUED.c.list_id, ISSUED.c.person_id).where(ISSUED.c.as_of >= since, ISSUED.c.as_of < until)
        decided = sa.select(DECISIONS.c.person_id).where(DECISIONS.c.decided_on < until)
        with self._engine.connect() as connection:
            rows = connection.execute(issued).all()
            people = {row.person_id for row in rows} | set(connection.execute(decided).scalars())
        return len({row.list_id for row in rows}), people

    def scopes(self) -> list[str]:
        """Return every practice and cluster that ever had a list, in order."""
        with self._engine.connect() as connection:
            return list(connection.execute(sa.select(ISSUED.c.scope).distinct().order_by(ISSUED.c.scope)).scalars())

    def issue(self, rows: Sequence[IssuedRow]) -> None:
        """Record an issued list; the same list issued again changes nothing."""
        if rows and not self.issued(rows[0].list_id):
            with self._engine.begin() as connection:
                before = connection.execute(sa.select(sa.func.max(ISSUED.c.sequence))).scalar() or 0
                connection.execute(ISSUED.insert(), [{**asdict(row), "sequence": before + 1} for row in rows])

    def hold_out(self, made: HoldOutOfList) -> None:
        """Record the hold-out of an issued list and whom it kept off; the same list issued again changes nothing."""
        with self._engine.begin() as connection:
            if connection.execute(sa.select(HOLD_OUTS.c.list_id).where(HOLD_OUTS.c.list_id == made.list_id)).scalar():
                return
            own = {"list_id": made.list_id, "as_of": made.as_of, "share": made.share}
            connection.execute(HOLD_OUTS.insert().values(**own, listed=made.listed))
            if made.people:
                connection.execute(HELD_OUT.insert(), [{**own, "person_id": person} for person in made.people])

    def was_issued(self, scope: str, as_of: dt.date) -> bool:
        """Say whether any list of a practice or cluster was issued for a date."""
        query = sa.select(ISSUED.c.list_id).where(ISSUED.c.scope == scope, ISSUED.c.as_of == as_of).limit(1)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() is not None

    def invite(self, made: Invitation) -> None:
        """Record a draw.

        Raises:
            DecisionError: there is one for this scope and date already.
        """
        own = {"list_id": made.list_id, "as_of": made.as_of}
        more = {"scope": made.scope, "places": made.places, "listed": made.listed, "seed": made.seed}
        try:
            with self._engine.begin() as connection:
                connection.execute(INVITATIONS.insert().values(**own, **more))
                connection.execute(INVITED.insert(), [{**own, "person_id": person} for person in made.people])
        except sa.exc.IntegrityError:
            raise DecisionError(
                "Somebody drew an invitation for the same list at the same moment; nothing was drawn again.",
                remedy="Make the list again: it shows who was drawn.",
            ) from None

    def invitation(self, scope: str, as_of: dt.date) -> Invitation | None:
        """Return the draw for a practice or cluster and a date; None where there was none."""
        wanted = (INVITATIONS.c.scope == scope, INVITATIONS.c.as_of == as_of)
        return next((Invitation(**row) for row in self._with_people(INVITATIONS, INVITED, *wanted)), None)

    def every_invitation(self) -> list[Invitation]:
        """Return every draw, in the order of the lists."""
        return [Invitation(**row) for row in self._with_people(INVITATIONS, INVITED)]

    def every_listing(self) -> list[tuple[str, str, dt.date]]:
        """Return list, person and day of everyone who stood on an issued list."""
        columns = (ISSUED.c.list_id, ISSUED.c.person_id, ISSUED.c.as_of)
        with self._engine.connect() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(sa.select(*columns).order_by(*columns))]

    def every_hold_out(self) -> list[HoldOutOfList]:
        """Return the hold-out of every list that was issued under one."""
        return [HoldOutOfList(**row) for row in self._with_people(HOLD_OUTS, HELD_OUT)]

    def _with_people(self, lists: sa.Table, of: sa.Table, *wanted: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
        """Return the rows of lists, each with its ``people`` out of another table, both in order."""
        named = sa.select(of.c.list_id, of.c.person_id).join(lists, lists.c.list_id == of.c.list_id).where(*wanted)
        people: dict[str, list[str]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(named.order_by(of.c.list_id, of.c.person_id)):
                people.setdefault(row.list_id, []).append(row.person_id)
            found = connection.execute(sa.select(lists).where(*wanted).order_by(lists.c.list_id)).all()
        return [{**row._mapping, "people": tuple(people.get(row.list_id, ()))} for row in found]

    def purge(self, limit: dt.date, delete: bool) -> int:
        """Return how many rows of people (listed, held out, invited, decided on) are older than ``limit``.

        They are deleted where that is asked. That a list stood under a hold-out, or had a draw, names nobody, and stays.
        """
        old = {
            ISSUED: ISSUED.c.as_of < limit,
            HELD_OUT: HELD_OUT.c.as_of < limit,
            INVITED: INVITED.c.as_of < limit,
            DECISIONS: DECISIONS.c.decided_on < limit,
        }
        with self._engine.begin() as connection:
            count = sum(connection.execute(sa.select(sa.func.count()).select_from(table).where(when)).scalar() or 0
                        for table, when in old.items())  # fmt: skip
            if delete:
                for table, when in old.items():
                    connection.execute(table.delete().where(when))
        return count

    def note(self, at: dt.datetime, who: str, what: str, list_id: str, people: int) -> None:
        """Record that somebody named people, and how many; never whom."""
        with self._engine.begin() as connection:
            connection.execute(AUDIT.insert().values(at=at, who=who, what=what, list_id=list_id, people=people))

    def audit(self) -> list[dict[str, object]]:
        """Return who named people, when and how many."""
        with self._engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(sa.select(AUDIT).order_by(AUDIT.c.id))]


def _engine(url: str) -> sa.Engine:
    """Return an engine; no message repeats the URL, which may hold a password.

    Raises:
        ConfigError: the URL cannot be read.
        MissingPartError: the driver of the database is not installed.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername=POSTGRESQL_DRIVER)
        return sa.create_engine(parsed)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError):
        problem = Problem("decisions_url", "is not the URL of a database that SQLAlchemy knows")
        remedy = "Write it as postgresql://USER:PASSWORD@HOST/DATABASE, or leave it empty for a file in the workspace."
        raise ConfigError("The database of decisions cannot be reached:", [problem], remedy) from None
    except ModuleNotFoundError as error:
        problem = Problem("decisions_url", f"needs the Python package {error.name}, which is not installed")
        remedy = "For PostgreSQL type: pip install 'casefinder[postgresql]'"
        raise MissingPartError("The database of decisions cannot be reached:", [problem], remedy) from None


def history_url(url: str, workspace: Path) -> str:
    """Return the address of the database: the site's, or SQLite in the workspace."""
    if url:
        return url
    workspace.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{(workspace / 'decisions.db').resolve()}"
