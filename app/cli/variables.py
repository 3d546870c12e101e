"""The variables of the program."""

from typing import Any

from rich.table import Table
from sqlalchemy import make_url

from app.cli.console import out
from app.cli.options import read_settings
from app.settings import Settings


def settings() -> None:
    """List every variable with its meaning and its value; secrets are hidden."""
    now = read_settings()
    table = Table("variable", "value", "meaning")
    for name, info in Settings.model_fields.items():
        table.add_row(f"ARENA_{name.upper()}", _shown(getattr(now, name)), info.description or "")
    out.print(table)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    if "://" not in text:
        return text
    address = make_url(text)
    passwords = {name: "hidden" for name in address.query if "pass" in name.lower()}
    return address.update_query_dict(passwords).render_as_string(hide_password=True)
