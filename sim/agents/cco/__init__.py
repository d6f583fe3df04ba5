"""A coordinated care organization: its board, what it may do, what it believes, and what it keeps in reserve."""
