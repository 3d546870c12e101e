"""What the arena does, as verbs on a session: no HTTP, no environment."""
