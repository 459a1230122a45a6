"""What a reply states about items, and whether the rows bear it out; see :mod:`neo_assistant.claims.reader`."""
