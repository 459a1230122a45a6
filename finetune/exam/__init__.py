"""A hand-written exam of 150 requests to the sample store, none of which any training example was made from.

Whoever writes phrasings or examples does not read this folder; see ``docs/exam.md``.
"""
