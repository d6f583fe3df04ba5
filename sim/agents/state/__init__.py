"""The state: its Medicaid agency, what it pays and when, and what it settles."""
