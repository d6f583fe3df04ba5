"""The engine: keyed draws, compiling, blocks on threads, parameters. Nothing here is about Medicaid."""
