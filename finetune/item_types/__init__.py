"""Item types and kinds for a catalog that states none, from what its titles call things (docs/real-catalogs.md)."""
