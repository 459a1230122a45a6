"""The shop's pages. Gradio is imported in this package only."""
