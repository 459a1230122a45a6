"""Names of the queues in which events wait, shared by the shop page, the desk and the API."""

REPLIES = "replies"
"""Every reply waits in it, whichever button or program asked for it: there is one model."""
