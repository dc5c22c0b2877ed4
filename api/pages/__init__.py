"""Pages, one module a subject; each route parses, calls one use case and shows what came of it."""
