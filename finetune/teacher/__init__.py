"""An optional teacher: a large language model behind an endpoint writes richer texts for the training examples."""
