"""A product as the desk's form holds it: what was typed, not yet checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from catalog_db.money import minor_per_major, parse_price
from catalog_db.products import ProductRecord
from catalog_db.rows import ProductRow
from catalog_db.validation import check_product_row, clean_line
from neo_assistant.errors import RequestError


@dataclass(frozen=True)
class ProductForm:
    """What stands in the form.

    Attributes:
        title: of one line.
        price: as prices are written, in the product's own currency: ``59.90``; empty where none is stated.
        stock: a whole number; empty where it is not counted.
        active: whether it is on sale.
        link: its page, an http(s) address; empty for none.
        description: may have several lines.
        attributes: one per line, ``colour: blue``; a name may come several times.
    """

    title: str = ""
    price: str = ""
    stock: str = ""
    active: bool = True
    link: str = ""
    description: str = ""
    attributes: str = ""

    @classmethod
    def of(cls, product: ProductRecord) -> ProductForm:
        """The form that, read again, changes nothing."""
        return cls(
            title=product.title,
            price=price_digits(product.price_minor, product.currency),
            stock="" if product.stock is None else str(product.stock),
            active=product.active,
            link=product.link,
            description=product.description,
            attributes=attribute_lines(product.attributes),
        )

    def row(self, opened: ProductRow) -> ProductRow:
        """The product as it is to be.

        Args:
            opened: as it was when the form was filled; what the form does not hold stays as it is there.

        Raises:
            RequestError: something typed is not what its field takes, or breaks a limit of the catalog.
        """
        row = replace(
            opened,
            title=clean_line(self.title),
            price_minor=_price(self.price, opened.currency),
            stock=_stock(self.stock),
            active=bool(self.active),
            link=_link(self.link, opened.link),
            description=self.description.replace("\r\n", "\n").replace("\r", "\n").strip(),
            attributes=_attributes(self.attributes, opened.attributes),
        )
        if reason := check_product_row(row):
            raise RequestError(reason)
        return row


def price_digits(minor: int | None, currency: str) -> str:
    """``5990`` as ``59.90``: what :class:`ProductForm` reads; empty for no price."""
    if minor is None:
        return ""
    digits = len(str(minor_per_major(currency))) - 1
    return f"{Decimal(minor) / minor_per_major(currency):.{digits}f}"


def attribute_lines(attributes: Mapping[str, tuple[str, ...]]) -> str:
    """``colour: blue``, one line per value."""
    return "\n".join(f"{name}: {value}" for name, values in attributes.items() for value in values)


def _price(text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    try:
        minor, stated = parse_price(text, currency)
    except ValueError as error:
        raise RequestError(f"price: {error}", "write it like 59.90; empty where none is stated") from error
    if stated != currency:
        raise RequestError(f"the price is in {stated}, and this product's prices are in {currency}")
    return minor


def _stock(text: str) -> int | None:
    digits = text.strip().replace(",", "")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit()):
        raise RequestError(f"stock: {text.strip()!r} is not a whole number", "empty where it is not counted")
    return int(digits[:12])


def _link(text: str, before: str) -> str:
    link = text.strip()
    if link and link != before and not link.lower().startswith(("http://", "https://")):
        raise RequestError("link: an address begins with http:// or https://")
    return link


def _attributes(text: str, known: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        # A name that the product has already may hold a colon itself.
        name = max((each for each in known if line.startswith(f"{each}:")), key=len, default=line.partition(":")[0])
        value = line[len(name) + 1 :]
        if not clean_line(name) or not clean_line(value):
            raise RequestError(f"attributes: {line!r} is no name and value", "write one per line: colour: blue")
        found.setdefault(clean_line(name), []).append(clean_line(value))
    return {name: tuple(sorted(set(values))) for name, values in sorted(found.items())}
