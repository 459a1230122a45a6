"""The decoding index: the catalog as sorted SID arrays, and views of it under conditions."""
