"""The shop page in Gradio: which components there are, and what is connected to what. What happens on it stands in
:mod:`neo_assistant.ui.handlers`.
"""
