"""From conversations to token ids: the only place where chat markup, SIDs and want spans become tokens."""
