"""Published evaluations, re-run inside the model: targets, figures, trials and the table of verdicts."""
