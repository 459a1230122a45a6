"""The assistant: semantic ids as tokens, prompt renderer, decoding index, grammar, engine, conversation and pages."""
