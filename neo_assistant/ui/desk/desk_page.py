"""The page at ``/desk``: sign in, then one tab per task. What a tab does stands in its own file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from neo_assistant.errors import LoginRefusedError
from neo_assistant.services import Services
from neo_assistant.ui.desk import (
    catalog_tab,
    compose_tab,
    governance_tab,
    health_tab,
    preview_tab,
    rules_tab,
    side_by_side_tab,
)
from neo_assistant.ui.desk.desk import QUICK, Desk
from neo_assistant.ui.desk.logins import Logins
from neo_assistant.ui.escape import as_html

PATH = "desk"
TABS: dict[str, Callable[[Desk], None]] = {
    "Preview": preview_tab.build_tab,
    "Side by side": side_by_side_tab.build_tab,
    "Compose": compose_tab.build_tab,
    "Rules": rules_tab.build_tab,
    "Health": health_tab.build_tab,
    "Catalog": catalog_tab.build_tab,
    "Governance": governance_tab.build_tab,
}
"""Title → what builds it, in the order in which they stand."""


def build_desk(page: gr.Blocks, services: Services, logins: Logins) -> None:
    """Add the desk to a page; called inside its route."""
    with gr.Column(elem_id="neo-desk"):
        gr.HTML(f"<h1>{as_html(services.settings.store_name)}: merchandiser's desk</h1>", elem_id="neo-desk-title")
        token = gr.State(None)
        kept = gr.BrowserState(None, storage_key="neo-desk")
        desk = Desk(services, logins, token)
        with gr.Column(elem_id="neo-desk-login") as door:
            gr.HTML("<h2>Sign in</h2>" if logins.is_open else _closed())
            name = gr.Textbox(label="Name", elem_id="neo-desk-name", visible=logins.is_open)
            password = gr.Textbox(
                label="Password", type="password", elem_id="neo-desk-password", visible=logins.is_open
            )
            refused = gr.HTML(elem_id="neo-desk-refused", padding=False)
            enter = gr.Button("Sign in", variant="primary", elem_id="neo-desk-enter", visible=logins.is_open)
        with gr.Column(visible=False, elem_id="neo-desk-room") as room:
            with gr.Row(elem_id="neo-desk-who"):
                who = gr.HTML()
                leave = gr.Button("Sign out", size="sm", scale=0, elem_id="neo-desk-leave")
            with gr.Tabs():
                for title, build in TABS.items():
                    with gr.Tab(title):
                        gr.HTML(f'<h2 class="neo-hidden">{title}</h2>', elem_classes="neo-tab-name", padding=False)
                        build(desk)

    def inside(of: str) -> tuple[object, ...]:
        signed_in = f"Signed in as <b>{as_html(logins.who(of).name)}</b>"
        return of, of, gr.Column(visible=False), gr.Column(visible=True), signed_in, "", ""

    def sign_in(name: str, password: str) -> tuple[object, ...]:
        try:
            return inside(logins.sign_in(name, password))
        except LoginRefusedError as error:
            # A new element each time, so that a screen reader says the same refusal again.
            told = f'<p role="alert">{as_html(f"{error.message}: {error.hint}".capitalize())}.</p>'
            return *(gr.skip() for _ in outputs[:-1]), told

    def resume(of: object) -> object:
        return inside(of) if isinstance(of, str) and logins.knows(of) else gr.skip()

    def sign_out(of: str | None) -> tuple[object, ...]:
        logins.sign_out(of)
        return None, None, gr.Column(visible=True), gr.Column(visible=False), "", "", ""

    outputs = [token, kept, door, room, who, password, refused]
    quick: dict[str, Any] = {**QUICK, "api_visibility": "private"}
    entered = [
        enter.click(sign_in, [name, password], outputs, **quick),
        password.submit(sign_in, [name, password], outputs, **quick),
        page.load(resume, [kept], outputs, **quick),
    ]
    desk.connect_openings(*(event.success for event in entered))
    leave.click(sign_out, [token], outputs, **quick)


def _closed() -> str:
    return (
        "<h2>This desk is closed</h2><p>Nobody can sign in yet. Whoever runs the server opens it with the setting "
        "<code>NEO_DESK_LOGINS=name:password</code> and starts it again.</p>"
    )
