"""Rankers of a catalog, the benchmarks they are measured on, and the measures: the baselines of ``docs/results.md``."""
