"""Measured figures against their targets; ratios with peers come from the same run."""
