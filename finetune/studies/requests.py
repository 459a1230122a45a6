"""Requests as prompts for ranking: an example's tokens up to the first item of its reply."""

from __future__ import annotations

import numpy as np

from finetune.studies.folders import Folder


def opening(folder: Folder, number: int) -> list[int]:
    """Prompt and want span of an example whose reply names an item."""
    ids, start = folder.data.ids_of(number), folder.data.prompt_length(number)
    openers = np.flatnonzero((ids >= folder.vocabulary.first_id) & (ids < folder.vocabulary.first_code))
    return ids[: int(openers[openers >= start][0])].tolist()
