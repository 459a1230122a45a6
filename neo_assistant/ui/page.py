"""The app's pages put together: the shop at ``/``, shared conversations, the merchandiser's desk, and the API."""

from __future__ import annotations

import gradio as gr

from catalog_db.database import Database
from catalog_db.facets import BRAND, facets
from catalog_db.overview import shop_overview
from neo_assistant.conversation import ConversationService
from neo_assistant.programs import Programs
from neo_assistant.services import Services
from neo_assistant.shopper_account import ShopperAccount
from neo_assistant.ui import shared_page
from neo_assistant.ui.api import add_api
from neo_assistant.ui.desk import desk_page
from neo_assistant.ui.desk.logins import Logins
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.handlers.shop import Shop
from neo_assistant.ui.handlers.told import Offer
from neo_assistant.ui.identity import Identities, load_secret
from neo_assistant.ui.queues import REPLIES
from neo_assistant.ui.shop.blocks import build_parts
from neo_assistant.ui.shop.wiring import CROWDED, Wiring
from neo_assistant.ui.welcome import LiveWelcome, make_welcome

__all__ = ["CROWDED", "REPLIES", "build_page"]


def build_page(services: Services) -> gr.Blocks:
    """Every page of the app.

    Raises:
        EmptyCatalogError: nothing is on sale.
        SettingsError: the secret can neither be read nor made, or a login of the desk makes no sense.
    """
    settings, database = services.settings, services.database
    with database.reading() as session:
        welcome, overview = make_welcome(session), shop_overview(session)
    brands = _brands(database)
    shop = Shop(
        database,
        ConversationService(database, services.assistant),
        ShopperAccount(database),
        services.assistant,
        Identities(load_secret(settings)),
        settings.items_per_reply,
        Offer(frozenset(overview.item_types), frozenset(brands), overview.currency),
    )
    logins = Logins("" if settings.desk_logins is None else settings.desk_logins.get_secret_value())

    with gr.Blocks(title=settings.store_name, analytics_enabled=False, fill_height=True) as page:
        parts = build_parts(
            *(page, settings.store_name, welcome, overview.item_types, brands),
            *(shop.identities, overview.currency),
        )
        Wiring(parts, ChatHandlers(shop), LiveWelcome(database), settings.max_waiting).connect()
        programs = Programs(database, services.assistant, shop.conversations, settings.items_per_reply)
        add_api(page, programs, queue=REPLIES, max_waiting=settings.max_waiting, crowded=CROWDED)
    with page.route("Shared conversation", f"/{shared_page.PATH}", show_in_navbar=False):
        shared_page.build_shared(page, shop.conversations, settings.store_name)
    with page.route("Desk", f"/{desk_page.PATH}", show_in_navbar=False):
        desk_page.build_desk(page, services, logins)
    # The page itself keeps to ``max_waiting``; this bound is for callers who go around it, and far enough away that
    # shoppers who press Enter at the same moment do not meet it.
    page.queue(max_size=4 * settings.max_waiting + 16, api_open=False)
    return page


def _brands(database: Database) -> list[str]:
    """Brands to choose from; none where there are so many that a list is no help."""
    with database.reading() as session:
        found = [facet for facet in facets(session) if facet.name == BRAND]
    return sorted(value.value for facet in found for value in facet.values)
