"""The benchmark month, and what it is timed against."""
