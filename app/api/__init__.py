"""HTTP: one router a noun. Each route parses, calls one verb of the domain and shows the result."""
