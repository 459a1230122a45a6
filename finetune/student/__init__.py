"""Smaller base models made from larger ones, for machines on which the whole one takes too few steps."""
