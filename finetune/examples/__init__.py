"""The training mixture: from a catalog, its semantic ids and its log to conversations with replies worth learning.

:mod:`finetune.examples.stage` is the command ``python -m finetune examples``; :mod:`finetune.examples.mixture` says how
much of what. All words are data, in ``phrasings/<language>/*.yaml``; the code only fills them in and computes what the
catalog really holds for every want.
"""
