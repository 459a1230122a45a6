"""Studies: trainings at equal budgets that answer one question each; ``python -m finetune study`` (docs/results.md)."""
