"""Embeddings, codebooks, examples, training, evaluation and baselines. Reads and writes folders; nothing imports it."""
