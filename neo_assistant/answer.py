"""A reply as programs get it: what ``ask --json`` prints, and beside it the products with all that a shop front shows.

The answer's shape is written down as types in :mod:`neo_assistant.api_types` and described in docs/api.md.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from catalog_db.products import ProductRecord
from neo_assistant.addresses import picture_address, web_address
from neo_assistant.events import ItemFound
from neo_assistant.render import ReplyObject, in_major
from neo_assistant.waking import WAKING_UP
from neo_assistant.want import Want
from neo_assistant.wording import LAST_FEW, availability, price_text

_MADE_BY = ("engine", "checkpoint", "manifest_sha256", "codebook_version", "quantization", "rules")
"""What of a reply's record programs get to know of its making; its words and conditions stand elsewhere."""


def answer_object(reply: ReplyObject) -> dict[str, Any]:
    """A reply as JSON values, complete or as far as it has come; see :class:`neo_assistant.api_types.Answer`."""
    values = reply.to_dict()
    done = reply.done
    if done is None:
        status = "writing" if values["reply"] or values["want"] else "waiting"
    else:
        status = "stopped" if done.stopped else "complete"
    made_by = {} if done is None else done.made_by
    want = values["want"]
    return {
        **values,
        "status": status,
        "text": "".join(part["text"] for part in values["reply"] if part["type"] == "text"),
        "products": [product_object(item, rank) for rank, item in enumerate(reply.items, start=1)],
        "want": {**want, "conditions": want_conditions(want["span"])} if want else None,
        "notices": [notice.to_dict() for notice in reply.notices if notice.code != WAKING_UP],
        "made_by": {name: made_by[name] for name in _MADE_BY if name in made_by},
    }


def product_object(item: ItemFound, rank: int) -> dict[str, Any]:
    """A product named in a reply; see :class:`neo_assistant.api_types.Product`."""
    product = item.product
    return {
        "rank": rank,
        "sku": product.sku,
        "title": product.title,
        "brand": product.brand,
        "item_type": product.item_type,
        "category": product.category_path,
        "price": _price(product),
        "rating": product.rating,
        "rating_count": product.rating_count,
        "stock": _stock(product),
        "link": web_address(product.link) or None,
        "image": picture_address(product.image) or None,
        "attributes": {name: list(values) for name, values in product.attributes.items()},
        "sid": str(item.sid),
        "score": item.score if math.isfinite(item.score) else None,
    }


def want_conditions(span: str) -> list[dict[str, Any]]:
    """The conditions of a want, one each, in its order: their names for programs and what they ask for.

    Prices are in major units, or ``"shown"`` for a comparison with what was shown before.
    """
    return [_condition(one) for one in Want.parse(span).single()]


def _condition(want: Want) -> dict[str, Any]:
    """Names are those of :class:`neo_assistant.advice.Advice`."""
    if want.item_type is not None:
        return {"name": "type", "value": want.item_type}
    for name, value in want.facets:
        return {"name": name, "value": value}
    for name in ("max_price", "min_price"):
        limit = getattr(want, name)
        if limit is not None:
            return {"name": name, "value": float(limit) if isinstance(limit, Decimal) else limit}
    if want.min_rating is not None:
        return {"name": "min_rating", "value": want.min_rating}
    return {"name": "in_stock" if want.in_stock else "not_shown", "value": True}


def _price(product: ProductRecord) -> dict[str, Any] | None:
    if product.price_minor is None:
        return None
    return {
        "amount": in_major(product.price_minor, product.currency),
        "currency": product.currency,
        "minor": product.price_minor,
        "text": price_text(product),
    }


def _stock(product: ProductRecord) -> dict[str, Any]:
    """As much as the page tells: how many are left only where they are few."""
    few = product.stock is not None and 0 < product.stock <= LAST_FEW
    if not product.active:
        state = "not_sold"
    elif not product.in_stock:
        state = "out_of_stock"
    else:
        state = "few_left" if few else "in_stock"
    return {"state": state, "left": product.stock if state == "few_left" else None, "text": availability(product)}
