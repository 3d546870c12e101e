"""Programs that measure how fast and how trustworthy the rankings are; each prints a table."""
