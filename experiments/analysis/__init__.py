"""A finished study as its analysis reads it: economics, drivers, uncertainty."""
