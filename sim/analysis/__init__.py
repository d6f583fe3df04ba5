"""Analyses of finished runs: economics, uncertainty, sensitivity. Pure functions of arrays and tables."""
