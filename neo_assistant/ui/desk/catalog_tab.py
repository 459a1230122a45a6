"""The Catalog tab: look products up, edit one, take in a file after a trial."""

from __future__ import annotations

import dataclasses
from typing import Any

import gradio as gr

from catalog_db.product_search import ProductQuery
from catalog_db.products import ProductRecord
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.catalog_desk import CatalogDesk, FoundProducts
from neo_assistant.merchandising.product_form import ProductForm
from neo_assistant.ui.desk import catalog_file, catalog_view
from neo_assistant.ui.desk.desk import Desk
from neo_assistant.ui.desk.logins import Merchandiser

ANY, ON_SALE, OFF_SALE = "any", "on sale", "off sale"
_ACTIVE = {ANY: None, ON_SALE: True, OFF_SALE: False}


def build_tab(desk: Desk) -> None:
    """Add the tab's content."""
    catalog = CatalogDesk(desk.services.database)
    with gr.Column(elem_id="neo-catalog"):
        unnamed = gr.HTML(elem_id="neo-catalog-unnamed")
        _Products(desk, catalog).build()
        catalog_file.build(desk, catalog, unnamed)
        _build_log(desk, catalog)
    desk.on_open(lambda who: catalog_view.unnamed_html(catalog.unnamed()), [], [unnamed])


def _build_log(desk: Desk, catalog: CatalogDesk) -> None:
    with gr.Accordion("Who changed what", open=False):
        oldest = gr.State(None)
        shown = gr.HTML(elem_id="neo-catalog-log")
        with gr.Row(elem_classes="neo-desk-row"):
            older = gr.Button("Older changes", size="sm", scale=0, min_width=130)
            newest = gr.Button("Newest changes", size="sm", scale=0, min_width=130)

    def page(who: Merchandiser, before: int | None = None) -> tuple[str, int | None]:
        changes = catalog.log(before)
        if before is not None and not changes:
            raise RequestError("there are no older changes")
        return catalog_view.log_html(changes), changes[-1].entry.id if changes else None

    desk.on_open(page, [], [shown, oldest])
    desk.on(newest.click, page, [], [shown, oldest])
    desk.on(older.click, page, [oldest], [shown, oldest])


class _Products:
    """Search and form: components and what connects them."""

    def __init__(self, desk: Desk, catalog: CatalogDesk) -> None:
        self._desk, self._catalog = desk, catalog

    def build(self) -> None:
        gr.HTML("<h3>Products</h3>")
        with gr.Row(elem_classes="neo-desk-row"):
            self._words = gr.Textbox(
                label="Find products", info="Words of the title, brand or SKU", scale=3, elem_id="neo-catalog-words"
            )
            self._find = gr.Button("Find", variant="primary", scale=0, min_width=100, elem_id="neo-catalog-find")
        with gr.Row():
            self._brand = gr.Textbox(label="Brand", info="Exactly; empty for any")
            self._type = gr.Dropdown([("any", "")], value="", label="Type", info="Listed are those on sale")
            self._state = gr.Dropdown(list(_ACTIVE), value=ANY, label="State", info="Whether it is on sale")
        self._page = gr.State(0)
        self._found = gr.HTML(elem_id="neo-catalog-found")
        with gr.Row(elem_classes="neo-desk-row"):
            back = gr.Button("Previous page", size="sm", scale=0, min_width=130)
            on = gr.Button("Next page", size="sm", scale=0, min_width=130)
        with gr.Row(elem_classes="neo-desk-row"):
            self._pick = gr.Dropdown([], label="Product", value=None, scale=3, elem_id="neo-catalog-pick")
            open_ = gr.Button("Open", scale=0, min_width=100, elem_id="neo-catalog-open")
        self._build_form()

        query = [self._words, self._brand, self._type, self._state]
        shown = [self._page, self._found, self._pick]
        for trigger in (self._find.click, self._words.submit, self._brand.submit):
            self._desk.on(trigger, lambda who, *asked: self._search(0, *asked), query, shown)
        for button, step in ((back, -1), (on, 1)):
            self._desk.on(button.click, self._turn(step), [self._page, *query], shown)
        self._desk.on_open(self._begin, query, [self._type, *shown])
        form = [self._opened, self._heading, self._room, self._said, *self._fields]
        self._desk.on(open_.click, self._open, [self._pick], form)
        saved = [*form, *shown]
        self._desk.on(self._save.click, self._keep, [self._opened, *self._fields, self._page, *query], saved)
        self._desk.on(self._close.click, self._shut, [], form, queue=None)

    def _build_form(self) -> None:
        self._opened = gr.State(None)
        with gr.Column(visible=False, elem_classes="neo-desk-group") as self._room:
            self._heading = gr.HTML(elem_id="neo-catalog-heading")
            title = gr.Textbox(label="Title", max_lines=2, elem_id="neo-catalog-title")
            with gr.Row():
                price = gr.Textbox(label="Price", info="Like 59.90; empty: none stated", elem_id="neo-catalog-price")
                stock = gr.Textbox(label="Stock", info="Units; empty: not counted", elem_id="neo-catalog-stock")
                active = gr.Checkbox(label="On sale", elem_id="neo-catalog-active")
            link = gr.Textbox(label="Link", info="Its page: http:// or https://", max_lines=1)
            description = gr.Textbox(label="Description", lines=4, max_lines=12, elem_id="neo-catalog-description")
            attributes = gr.Textbox(
                label="Attributes",
                info="One per line, like colour: blue",
                lines=4,
                max_lines=16,
                elem_id="neo-catalog-attributes",
            )
            with gr.Row(elem_classes="neo-desk-row"):
                self._save = gr.Button("Save", variant="primary", scale=0, min_width=120, elem_id="neo-catalog-save")
                self._close = gr.Button("Close", scale=0, min_width=100)
        self._said = gr.HTML(elem_id="neo-catalog-said")
        self._fields = [title, price, stock, active, link, description, attributes]
        """In the order of :class:`ProductForm`'s fields."""

    def _begin(self, who: Merchandiser, *asked: Any) -> tuple[Any, ...]:
        types = [("any", ""), *((name.replace("_", " "), name) for name in self._catalog.types())]
        return gr.Dropdown(choices=types), *self._search(0, *asked)

    def _search(self, page: int, *asked: Any) -> tuple[Any, ...]:
        return _listed(self._catalog.find(query_of(*asked), page))

    def _turn(self, step: int) -> Any:
        def turn(who: Merchandiser, page: int, *asked: Any) -> tuple[Any, ...]:
            found = self._catalog.find(query_of(*asked), page + step)
            if found.page == page:
                raise RequestError("there are no more products" if step > 0 else "this is the first page")
            return _listed(found)

        return turn

    def _open(self, who: Merchandiser, sku: Any) -> tuple[Any, ...]:
        if not isinstance(sku, str) or not sku:
            raise RequestError("no product has been chosen", "choose one from the list")
        return self._form(self._catalog.open(sku), "")

    def _form(self, product: ProductRecord, said: str) -> tuple[Any, ...]:
        values = dataclasses.astuple(ProductForm.of(product))
        return product, catalog_view.opened_html(product), gr.Column(visible=True), said, *values

    def _keep(self, who: Merchandiser, opened: ProductRecord | None, *values: Any) -> tuple[Any, ...]:
        if opened is None:
            raise RequestError("no product is open", "open one, then save it")
        count = len(self._fields)
        changed = self._catalog.save(opened, read_form(*values[:count]), who.name)
        said = catalog_view.changed_html(opened.sku, changed, opened.currency)
        page, *asked = values[count:]
        return *self._form(self._catalog.open(opened.sku), said), *self._search(page, *asked)

    def _shut(self, who: Merchandiser) -> tuple[Any, ...]:
        return None, "", gr.Column(visible=False), "", *dataclasses.astuple(ProductForm())


def query_of(words: Any, brand: Any, item_type: Any, state: Any) -> ProductQuery:
    """What is looked for, whatever a browser sent."""
    return ProductQuery(str(words or ""), str(brand or "").strip(), str(item_type or ""), _ACTIVE.get(str(state)))


def read_form(title: Any, price: Any, stock: Any, active: Any, *texts: Any) -> ProductForm:
    """The form from the components' values."""
    link, description, attributes = (str(text or "") for text in texts)
    return ProductForm(
        str(title or ""), str(price or ""), str(stock or ""), bool(active), link, description, attributes
    )


def _listed(found: FoundProducts) -> tuple[Any, ...]:
    picks = [(f"{product.title} ({product.sku})", product.sku) for product in found.products]
    return found.page, catalog_view.found_html(found), gr.Dropdown(choices=picks, value=picks[0][1] if picks else None)
