"""How money moves: pure functions, one file for each contract form, and the ledger that records every transfer."""
