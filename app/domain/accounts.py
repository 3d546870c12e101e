"""Who calls: raters (voters, judges, simulated voters) and API keys."""

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from app.db.tables import ApiKey, Arena, Model, Rater
from app.domain.errors import (
    AlreadyExists,
    AlreadySetUp,
    Forbidden,
    Invalid,
    KeyNotFound,
    KeyRefused,
    RegistrationClosed,
    TooManyKeys,
)
from app.domain.paging import Page, after, page

Kind = Literal["human", "judge", "simulated"]
Scope = Literal["owner", "read", "admin"]

# A use is written down once a minute at most, so that reading a board does not write each time.
USE_IS_NOTED_EVERY = timedelta(minutes=1)
SIGN_INS_KEPT = timedelta(days=30)
NO_SECRET = ""  # no key has this hash
LONGEST_OWNER = 80
MOST_LISTED = 1_000_000
MOST_OWN_KEYS = 20  # valid at once, so that an owner's limit of calls is not as wide as one likes
FIRST_ADMIN = 0x61646D696E  # the lock under which two newcomers queue
NEW_OWNER = 0x6F776E6572


@dataclass(frozen=True, slots=True)
class RaterName:
    """A rater as outside programs spell it: `human:ana`, `judge:gpt-4@pair-v2`, `simulated:crowd-01`.

    >>> RaterName.parse("judge:gpt-4@pair-v2")
    RaterName(kind='judge', name='gpt-4', version='pair-v2')
    >>> str(RaterName.parse("ana"))
    'human:ana'
    """

    kind: Kind
    name: str
    version: str = ""

    @classmethod
    def parse(cls, text: str) -> "RaterName":
        """Read `kind:name[@version]`; a name without a known kind before it is a person's. Raises Invalid."""
        kind, colon, rest = text.partition(":")
        if not colon or kind not in get_args(Kind):
            kind, rest = "human", text
        name, _, version = rest.partition("@") if kind == "judge" else (rest, "", "")
        if not name.strip():
            raise Invalid(f"rater {text!r} has no name")
        return cls(kind, name.strip(), version.strip())  # type: ignore[arg-type]  # checked against Kind above

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" + (f"@{self.version}" if self.version else "")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds an API key, or nobody in particular."""

    scope: Scope | None = None
    owner: str = ""
    arena_id: int | None = None
    key: str = ""

    def may(self, scope: Scope, arena_id: int | None) -> bool:
        """An admin key may do what the other scopes may; a key of one arena may nothing in another."""
        fits = self.arena_id is None or self.arena_id == arena_id
        return fits and self.scope in (scope, "admin")


OPERATOR = Caller("admin")
"""The command line, which may do everything."""


@dataclass(frozen=True, slots=True)
class KeyInfo:
    prefix: str
    scope: str
    owner: str
    arena: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def rater_id(session: Session, name: RaterName, now: datetime, arena_id: int | None = None) -> int:
    """The rater of that name, made if new; safe when two requests bring the same newcomer."""
    found = find_rater(session, name, arena_id)
    if found is not None:
        return found
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    row = {
        "arena_id": arena_id,
        "kind": name.kind,
        "name": name.name,
        "version": name.version,
        "created_at": now,
    }
    session.execute(insert(Rater).values(row).on_conflict_do_nothing())
    made = find_rater(session, name, arena_id)
    if made is None:
        raise RuntimeError(f"rater {name} was neither found nor made")
    return made


def find_rater(session: Session, name: RaterName, arena_id: int | None = None) -> int | None:
    return session.scalar(
        select(Rater.id).where(
            Rater.arena_id.is_(None) if arena_id is None else Rater.arena_id == arena_id,
            Rater.kind == name.kind,
            Rater.name == name.name,
            Rater.version == name.version,
        )
    )


def create_key(
    session: Session,
    scope: Scope,
    owner: str,
    arena_id: int | None,
    now: datetime,
    expires_at: datetime | None = None,
) -> str:
    """Store a new key and return it: the only time that it can be read. Raises Invalid."""
    owner = owner.strip()
    if scope == "owner" and not owner:
        raise Invalid("owner: a key of scope owner needs a name")
    if len(owner) > LONGEST_OWNER:
        raise Invalid(f"owner: longer than {LONGEST_OWNER} characters")
    if expires_at is not None and expires_at <= now:
        raise Invalid(f"expires_at: {expires_at} is past")
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    session.add(
        ApiKey(
            prefix=prefix,
            secret_hash=_hash(secret),
            scope=scope,
            owner=owner or scope,
            arena_id=arena_id,
            created_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
    return f"pa_{prefix}_{secret}"


def create_own_key(
    session: Session, caller: Caller, arena_id: int | None, now: datetime, expires_at: datetime | None = None
) -> str:
    """Another key of an owner's, valid no longer than the one in hand. Raises Forbidden, Invalid, TooManyKeys."""
    until = info(session, caller.key).expires_at
    if until is not None and expires_at is not None and expires_at > until:
        raise Forbidden(
            f"expires_at: your own key ends at {until.isoformat()}, and no key that it makes ends later"
        )
    valid = [ApiKey.revoked_at.is_(None), ApiKey.expires_at.is_(None) | (ApiKey.expires_at > now)]
    own = [ApiKey.scope == "owner", ApiKey.owner == caller.owner]
    if (session.scalar(select(func.count()).select_from(ApiKey).where(*own, *valid)) or 0) >= MOST_OWN_KEYS:
        raise TooManyKeys(f"you have {MOST_OWN_KEYS} keys that are valid; revoke one first")
    return create_key(session, "owner", caller.owner, arena_id, now, expires_at or until)


def register_owner(session: Session, arena: Arena, owner: str, now: datetime) -> str:
    """The first key of somebody new, for this arena, under a name that nobody goes by: whoever has the name has its
    models. Raises RegistrationClosed, AlreadyExists, Invalid.
    """
    if arena.registration != "open":
        raise RegistrationClosed(
            f"owners do not register by themselves in arena {arena.slug!r}; ask an admin of it for a key"
        )
    if not owner.strip().isprintable():
        raise Invalid("owner: a name of letters that can be seen")
    _queue(session, NEW_OWNER)
    names = [
        *session.scalars(select(ApiKey.owner).distinct()),
        *session.scalars(select(Model.owner).distinct()),
    ]
    if _folded(owner) in {_folded(each) for each in (*names, *get_args(Scope)) if each}:
        raise AlreadyExists(
            "owner: somebody goes by this name; choose another, or ask an admin if it is yours"
        )
    return create_key(session, "owner", owner, arena.id, now)


def _folded(name: str) -> str:
    r"""What two names share that look alike but for case, width and spaces.

    >>> _folded(" ACME  Labs") == _folded("\uff21cme labs")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def sign_in(session: Session, owner: str, now: datetime, until: datetime) -> Caller:
    """Whom an OpenID provider vouched for, as an admin until then: a key that has no secret, so that nobody can send
    it, and that the list of keys shows and can revoke like any other.
    """
    prefix = secrets.token_hex(5)
    row = ApiKey(
        prefix=prefix,
        secret_hash=NO_SECRET,
        scope="admin",
        owner=owner[:LONGEST_OWNER],
        arena_id=None,
        created_at=now,
        expires_at=until,
    )
    session.add(row)
    session.flush()
    return _holder(row, now)


def sign_out(session: Session, prefix: str, now: datetime) -> None:
    """End what `sign_in` began; a key that somebody holds stays as it is."""
    mine = (ApiKey.prefix == prefix, ApiKey.secret_hash == NO_SECRET, ApiKey.revoked_at.is_(None))
    session.execute(update(ApiKey).where(*mine).values(revoked_at=now))


def drop_old_sign_ins(session: Session, now: datetime) -> None:
    """Forget sign-ins that ended a month ago; the audit log keeps who did what."""
    session.execute(
        delete(ApiKey).where(ApiKey.secret_hash == NO_SECRET, ApiKey.expires_at < now - SIGN_INS_KEPT)
    )


def has_admin(session: Session) -> bool:
    """Whether there has ever been a key of scope admin."""
    return session.scalar(select(ApiKey.id).where(ApiKey.scope == "admin").limit(1)) is not None


def first_admin(session: Session, now: datetime) -> str:
    """The first key of scope admin, for whoever sets the arena up. Raises AlreadySetUp once there is one."""
    _queue(session, FIRST_ADMIN)
    if has_admin(session):
        raise AlreadySetUp(
            "this arena has an admin already; arena keys create --scope admin makes another key"
        )
    return create_key(session, "admin", "", None, now)


def caller_of(session: Session, key: str, now: datetime) -> Caller:
    """Who holds this key. Raises KeyRefused for a key that is unknown, misspelt, revoked or expired."""
    return _holder(_key_row(session, key), now)


def caller_by(session: Session, prefix: str, now: datetime) -> Caller:
    """Who holds the key of this prefix, for those who have proved that they do. Raises KeyRefused."""
    return _holder(session.scalar(select(ApiKey).where(ApiKey.prefix == prefix)), now)


def note_use(session: Session, prefix: str, now: datetime) -> None:
    session.execute(update(ApiKey).where(ApiKey.prefix == prefix).values(last_used_at=now))


def use_is_stale(session: Session, prefix: str, now: datetime) -> bool:
    used = session.scalar(select(ApiKey.last_used_at).where(ApiKey.prefix == prefix))
    return used is None or now - used > USE_IS_NOTED_EVERY


def list_keys(
    session: Session, caller: Caller = OPERATOR, limit: int = MOST_LISTED, cursor: str | None = None
) -> Page[KeyInfo]:
    """Those that the caller looks after: an owner's own; an admin's, all of the arena, or all where the admin's key is
    for no arena.
    """
    query = _keys(caller).where(ApiKey.id > after(cursor)).order_by(ApiKey.id).limit(limit + 1)
    rows = session.execute(query).all()
    return page([_info(key, slug) for key, slug in rows], [row[0].id for row in rows], limit)


def revoke_key(session: Session, prefix: str, now: datetime, caller: Caller = OPERATOR) -> KeyInfo:
    """Revoke by the part that the list shows, `pa_<prefix>` or `<prefix>`, one of the keys that the list holds.

    Raises KeyNotFound.
    """
    found = session.execute(_keys(caller).where(ApiKey.prefix == bare(prefix))).one_or_none()
    if found is None:
        raise KeyNotFound(
            f"there is no key {prefix!r} among those that you may see; arena keys list shows them"
        )
    row, slug = found
    row.revoked_at = row.revoked_at or now
    session.flush()
    return _info(row, slug)


def _queue(session: Session, number: int) -> None:
    """Let others who come to the same wait until this transaction ends; SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(number)))


def info(session: Session, prefix: str) -> KeyInfo:
    """What is known of a key that exists."""
    key, slug = session.execute(_keys(OPERATOR).where(ApiKey.prefix == prefix)).one()
    return _info(key, slug)


def bare(key: str) -> str:
    """The part of a key that is no secret and tells it from all others.

    >>> bare("pa_0123456789_secret"), bare("pa_0123456789"), bare("0123456789")
    ('0123456789', '0123456789', '0123456789')
    """
    return key.removeprefix("pa_").partition("_")[0]


def _keys(caller: Caller) -> Select[Any]:
    query: Any = select(ApiKey, Arena.slug).outerjoin(Arena, ApiKey.arena_id == Arena.id)
    if caller.arena_id is not None:
        query = query.where(ApiKey.arena_id == caller.arena_id)
    if caller.scope != "admin":
        query = query.where(ApiKey.scope == "owner", ApiKey.owner == caller.owner)
    kept: Select[Any] = query
    return kept


def _info(key: ApiKey, arena: str | None) -> KeyInfo:
    return KeyInfo(
        prefix=key.prefix,
        scope=key.scope,
        owner=key.owner,
        arena=arena,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )


def _holder(row: ApiKey | None, now: datetime) -> Caller:
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise KeyRefused("this API key is unknown, revoked or expired; ask an admin for another")
    return Caller(row.scope, row.owner, row.arena_id, row.prefix)  # type: ignore[arg-type]  # the table checks scope


def _key_row(session: Session, key: str) -> ApiKey | None:
    mark, _, rest = key.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != "pa" or not key.isascii():
        return None
    row = session.scalar(select(ApiKey).where(ApiKey.prefix == prefix))
    fits = hmac.compare_digest(row.secret_hash if row else "", _hash(secret))
    return row if fits else None


def _hash(secret: str) -> str:
    # A random secret of 256 bits needs no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()
