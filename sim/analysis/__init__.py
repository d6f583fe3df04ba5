"""What finished runs say together: economics, uncertainty, sensitivity. Pure functions of arrays and tables."""
