"""What a verb writes into a study: tables, figures, the closing lines."""
