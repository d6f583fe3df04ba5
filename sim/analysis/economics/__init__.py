"""Costs and outcomes as CHEERS 2022 and the second US panel define them, from amounts by year (``years.parquet``)."""
