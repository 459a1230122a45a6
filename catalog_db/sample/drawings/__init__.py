"""The sample store's drawings: one module per item type, one function per kind, all made from a few shapes."""
