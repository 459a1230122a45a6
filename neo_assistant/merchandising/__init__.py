"""What a merchandiser's rules make of replies."""
