"""What the app is made of: settings → database, checkpoint, catalog, assistant. The page and the command line start
here.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog_db.database import Database, open_database
from neo_assistant.request import Replier
from neo_assistant.settings import Settings

SCRIPTED_PAUSE = 0.08
"""Seconds between two events of a scripted reply, so that it can be watched as it grows."""


@dataclass(frozen=True)
class Services:
    """Everything a page or a command needs."""

    settings: Settings
    database: Database
    assistant: Replier


def open_services(settings: Settings, *, in_background: bool = False) -> Services:
    """Open the database and load what writes the replies.

    Args:
        settings: which database, which checkpoint.
        in_background: return at once and load the model in a thread of its own; replies wait for it. What loading
            raises, every reply raises then; a folder that holds no whole checkpoint, a catalog that is empty and
            semantic ids of other codebooks are still refused here.

    Raises:
        CatalogError: if the database is missing, old or empty.
        CheckpointError: if the checkpoint is missing or damaged, or does not match the database or the base model.
        SettingsError: if the quantization cannot be used on this machine.
    """
    database = open_database(settings.database_url)
    try:
        return Services(settings, database, _replier(settings, database, in_background))
    except BaseException:
        database.close()
        raise


def _replier(settings: Settings, database: Database, in_background: bool) -> Replier:
    if settings.engine == "scripted":
        from neo_assistant.scripted import ScriptedReplier

        return ScriptedReplier(database, pause=SCRIPTED_PAUSE)
    _check(settings, database)
    if in_background:
        from neo_assistant.waking import WakingReplier

        return WakingReplier(lambda: load_assistant(settings, database))
    return load_assistant(settings, database)


def _check(settings: Settings, database: Database) -> None:
    """Refuse what cannot work before anything slow begins."""
    from neo_assistant.manifest import read_manifest, verify_files
    from neo_assistant.readiness import check_ready

    manifest = read_manifest(settings.checkpoint)
    with database.reading() as session:
        check_ready(session, manifest.codebook_version)
    verify_files(settings.checkpoint, manifest)


def load_assistant(settings: Settings, database: Database) -> Replier:
    """Load the checkpoint and put the assistant together; takes seconds."""
    import torch

    from neo_assistant.assistant import Assistant
    from neo_assistant.catalog import Catalog
    from neo_assistant.checkpoint import load_checkpoint
    from neo_assistant.engine.engine import Engine, Sampling
    from neo_assistant.engine.model import quantize
    from neo_assistant.prompts.renderer import PromptRenderer

    folder = settings.checkpoint
    if settings.torch_threads:
        torch.set_num_threads(settings.torch_threads)
    loaded = load_checkpoint(folder, settings.base_model)
    catalog = Catalog(database, loaded.codebooks, loaded.tokenizer)
    model, kind = quantize(loaded.model, settings.quantization)
    sampling = Sampling(settings.temperature, settings.seed, settings.beams, settings.max_reply_tokens)
    made_by = {"checkpoint": folder.name, "codebook_version": loaded.codebooks.fingerprint, "quantization": kind}
    return Assistant(Engine(model), PromptRenderer(loaded.tokenizer), catalog, sampling, made_by)
