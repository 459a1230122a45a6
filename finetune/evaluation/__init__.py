"""Figures of a checkpoint on held-out data: `python -m finetune evaluate` (docs/training.md, docs/results.md)."""
