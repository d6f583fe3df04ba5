"""The engine: keyed draws, compiling, blocks on threads, parameters. Nothing here knows what Medicaid is."""
