"""What the app is made of: settings → database, checkpoint, catalog, assistant. The page and the command line start
here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from catalog_db.database import Database, open_database
from neo_assistant.request import Replier
from neo_assistant.settings import Settings

SCRIPTED_PAUSE = 0.08
"""Seconds between two events of a scripted reply, so that it can be watched as it grows."""


@dataclass(frozen=True)
class Services:
    """Everything a page or a command needs.

    Attributes:
        settings, database: of the shop.
        assistant: writes the replies.
        second_model: held by whoever has a model in memory beside the one that serves, so that there are two at most.
    """

    settings: Settings
    database: Database
    assistant: Replier
    second_model: threading.Lock = field(default_factory=threading.Lock)


def open_services(settings: Settings, *, in_background: bool = False) -> Services:
    """Open the database and load what writes the replies.

    Args:
        settings: which database, which checkpoint.
        in_background: as a shop is served: replies are written by the checkpoint that was promoted last, if any was,
            and a promotion is followed (:mod:`neo_assistant.serving`). Returns at once and loads the model in a thread
            of its own; replies wait for it. What loading raises, every reply raises then; a folder that holds no whole
            checkpoint, a catalog that is empty and semantic ids of other codebooks are still refused here.

    Raises:
        CatalogError: if the database is missing, old or empty.
        CheckpointError: if the checkpoint is missing or damaged, or does not match the database or the base model.
        SettingsError: if the quantization cannot be used on this machine.
    """
    database = open_database(settings.database_url)
    second_model = threading.Lock()
    try:
        if settings.engine == "scripted":
            replier = _scripted(database)
        elif in_background:
            from neo_assistant.serving import Serving

            replier = Serving(settings, database, load_assistant, second_model)
        else:
            from neo_assistant.checkpoint_shelf import configured_checkpoint

            with database.reading() as session:
                configured_checkpoint(settings, session)
            replier = load_assistant(settings, database)
        return Services(settings, database, replier, second_model)
    except BaseException:
        database.close()
        raise


def _scripted(database: Database) -> Replier:
    from neo_assistant.scripted import ScriptedReplier

    return ScriptedReplier(database, pause=SCRIPTED_PAUSE)


def load_assistant(settings: Settings, database: Database) -> Replier:
    """Load the checkpoint and put the assistant together; takes seconds."""
    import torch

    from neo_assistant.assistant import Assistant
    from neo_assistant.catalog import Catalog
    from neo_assistant.checkpoint import load_checkpoint
    from neo_assistant.engine.engine import Engine, Sampling
    from neo_assistant.engine.model import quantize
    from neo_assistant.manifest import MANIFEST, file_digest
    from neo_assistant.prompts.renderer import PromptRenderer

    folder = settings.checkpoint.resolve()
    if settings.torch_threads:
        torch.set_num_threads(settings.torch_threads)
    sha256 = file_digest(folder / MANIFEST)
    loaded = load_checkpoint(folder, settings.base_model)
    catalog = Catalog(database, loaded.codebooks, loaded.tokenizer, loaded.terms)
    model, kind = quantize(loaded.model, settings.quantization)
    sampling = Sampling(settings.temperature, settings.seed, settings.beams, settings.max_reply_tokens)
    made_by = {
        "checkpoint": folder.name,
        "manifest_sha256": sha256,
        "codebook_version": loaded.codebooks.fingerprint,
        "quantization": kind,
    }
    return Assistant(Engine(model), PromptRenderer(loaded.tokenizer), catalog, sampling, made_by)
