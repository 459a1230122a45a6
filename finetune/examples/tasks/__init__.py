"""The tasks of the mixture: each module makes examples of one family.

A task is a class with ``make(draft) -> Example | None``; None means that this draw came to nothing (a shopper with too
short a history, say) and the next one should be tried. ``possible`` says whether the catalog allows the task at all.
"""
