"""From products to semantic ids: item texts, embeddings, codebooks, their sizes (docs/semantic-ids.md)."""
