"""From prepared examples to a checkpoint: packing, the model as a stage trains it, and the run (docs/training.md)."""
