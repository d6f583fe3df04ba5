"""What a person sees in the terminal: tables, labels, progress."""
