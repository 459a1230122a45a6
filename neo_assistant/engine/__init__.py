"""The engine: a language model, a step loop and the grammar; it speaks tokens and events, never widgets."""
