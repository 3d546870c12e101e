"""API keys: create, list, revoke."""

import sys
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from app.cli.console import err, out
from app.cli.options import DatabaseUrl, now, open_database, read_settings
from app.domain import accounts, arenas, audit
from app.domain.accounts import LONGEST_OWNER

cli = typer.Typer(no_args_is_help=True, help=__doc__)


@cli.command("create")
def create_key(
    scope: Annotated[str, typer.Option(help="owner, read or admin.")],
    owner: Annotated[str, typer.Option(help="Who holds it; an owner's models belong to this name.")] = "",
    arena: Annotated[str | None, typer.Option(help="Only for this arena; without it, for all.")] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="Until it expires; without it, never.")
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print a new key, once."""
    if scope not in ("owner", "read", "admin"):
        raise typer.BadParameter(f"{scope!r}; expected owner, read or admin", param_hint="--scope")
    if scope == "owner" and not owner.strip():
        raise typer.BadParameter("a key of scope owner needs a name", param_hint="--owner")
    if len(owner) > LONGEST_OWNER:
        raise typer.BadParameter(f"longer than {LONGEST_OWNER} characters", param_hint="--owner")
    with open_database(read_settings(database_url)) as database, database.writing() as session:
        arena_id = arenas.find(session, arena).id if arena else None
        expires_at = None if days is None else now() + timedelta(days=days)
        key = accounts.create_key(session, scope, owner, arena_id, now(), expires_at)  # type: ignore[arg-type]  # checked
        made = f"pa_{accounts.bare(key)}"
        audit.note(
            session, None, "keys create", "/keys", now(), arena_id, made, {"scope": scope, "owner": owner}
        )
    sys.stdout.write(key + "\n")
    err.print("Keep it: it is not shown again.")


@cli.command("list")
def list_keys(database_url: DatabaseUrl = None) -> None:
    """Keys by the part that is no secret."""
    with open_database(read_settings(database_url)) as database, database.reading() as session:
        found = accounts.list_keys(session).items
    table = Table("key", "scope", "owner", "arena", "created (UTC)", "expires", "last used", "revoked")
    for each in found:
        moments = (each.created_at, each.expires_at, each.last_used_at, each.revoked_at)
        when = [f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in moments]
        table.add_row(f"pa_{each.prefix}", each.scope, each.owner, each.arena or "all", *when)
    out.print(table)


@cli.command("revoke")
def revoke_key(key: str, database_url: DatabaseUrl = None) -> None:
    """Revoke a key by the part that the list shows."""
    with open_database(read_settings(database_url)) as database, database.writing() as session:
        gone = accounts.revoke_key(session, key, now())
        arena_id = arenas.find(session, gone.arena).id if gone.arena else None
        audit.note(session, None, "keys revoke", f"/keys/{gone.prefix}", now(), arena_id)
    out.print("The key is revoked.")
