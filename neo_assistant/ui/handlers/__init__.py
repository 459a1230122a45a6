"""What the shop page does, without a browser and without Gradio: plain functions over the shop's services.

The browser sends a wish: words, or the name of an action and what it is about. Whose conversation it is, what was said
in it and who the shopper is stands in a :class:`neo_assistant.ui.session.ChatSession` on the server, and every id that
comes in is checked.
"""
