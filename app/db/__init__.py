"""The schema, the sessions and the upgrade: the only code that knows how data is stored."""
