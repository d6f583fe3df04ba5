"""The report of a study: one page, one file for each of its sections."""
