"""The sample store: an invented shop, the same every time it is built."""
