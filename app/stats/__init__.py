"""Values in, frozen values out: counts of votes become rankings.

No clock, no input or output, no unseeded chance.
"""
