"""Google Merchant Center product feeds: tab-separated text, or XML (RSS 2.0 or Atom with the ``g:`` namespace).

Names are those of Google's product data specification. Item type is the first part of ``product_type``, else of
``google_product_category`` (unless that is a number). ``sale_price`` counts when it has no dates of its own. What is
``in_stock`` has an uncounted stock; anything else has none. Colour, size, material and the like become attributes.

XML is read as a stream by a parser that refuses document types and entities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces

from defusedxml import DefusedXmlException
from defusedxml.expatreader import create_parser

from catalog_db.errors import ImportFileError
from catalog_db.importers.build import make_product
from catalog_db.importers.files import csv_header, head, open_text, read_csv
from catalog_db.importers.mapping import ColumnMapping
from catalog_db.importers.records import ParsedProduct, Record, Refusal
from catalog_db.importers.values import html_to_text, to_path, to_text

NAMESPACE = "http://base.google.com/ns/1.0"
REQUIRED = ("id", "title", "price")
_CHUNK = 64 * 1024
_ATTRIBUTES = ("color", "size", "material", "pattern", "gender", "age_group", "condition", "size_type", "size_system")
_SEVERAL = ("color", "material")  # parted by slashes, as the specification asks for


def read_products(path: Path, mapping: ColumnMapping) -> Iterator[ParsedProduct | Refusal]:
    """Products of a feed; of the mapping only constants and values count.

    Raises:
        ImportFileError: neither a tab-separated file with Google's columns nor an XML feed.
    """
    is_xml = head(path, 1000).lstrip().startswith("<")
    for record in _read_xml(path) if is_xml else _read_tsv(path):
        if isinstance(record, Refusal):
            yield record
            continue
        try:
            raw = mapping.with_constants(_raw_product(record.values, mapping))
            yield ParsedProduct(record.line, *make_product(raw))
        except ValueError as error:
            yield Refusal(record.line, str(error))


def normal_name(name: str) -> str:
    """``g:image link`` → ``image_link``."""
    return name.strip().lower().removeprefix("g:").replace(" ", "_")


def _read_tsv(path: Path) -> Iterator[Record | Refusal]:
    header, _ = csv_header(path)
    names = [normal_name(name) for name in header]
    if missing := [name for name in REQUIRED if name not in names]:
        raise ImportFileError(f"{path} is not a Google Merchant feed: it has no column {missing[0]!r}")
    for record in read_csv(path):
        if isinstance(record, Refusal):
            yield record
        else:
            yield Record(record.line, {normal_name(name): value for name, value in record.values.items()})


def _read_xml(path: Path) -> Iterator[Record]:
    parser = create_parser(forbid_dtd=True)
    collector = _ItemCollector(parser.getLineNumber)
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(collector)
    try:
        with open_text(path) as file:
            while chunk := file.read(_CHUNK):
                parser.feed(chunk)
                yield from collector.take()
            parser.close()
            yield from collector.take()
    except SAXParseException as error:
        raise ImportFileError(f"{path} is not XML: line {error.getLineNumber()}: {error.getMessage()}") from error
    except DefusedXmlException as error:
        raise ImportFileError(f"{path} holds a document type or entities, which are not read") from error
    except SAXException as error:
        raise ImportFileError(f"{path} is not XML: {error}") from error
    if not collector.found_any:
        raise ImportFileError(f"{path} is not a Google Merchant feed: it holds no item with a g:id")


class _ItemCollector(ContentHandler):
    """Gathers the elements of every ``item`` (RSS) or ``entry`` (Atom)."""

    def __init__(self, line_number: Callable[[], int]) -> None:
        super().__init__()
        self.found_any = False
        self._line_number = line_number
        self._done: list[Record] = []
        self._item: dict[str, Any] | None = None
        self._line = 0
        self._depth = 0  # below the item
        self._words: list[str] = []
        self._detail: dict[str, str] = {}

    def take(self) -> list[Record]:
        """The items that were finished since the last call."""
        done, self._done = self._done, []
        return done

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:  # noqa: N802
        if self._item is not None:
            self._depth += 1
            self._words = []
            if name[1] == "link" and (NAMESPACE not in (name[0] or "")) and "href" in _local(attrs):
                self._words = [_local(attrs)["href"]]  # Atom
        elif name[1] in ("item", "entry"):
            self._item, self._line, self._depth = {}, self._line_number(), 0

    def characters(self, content: str) -> None:
        if self._item is not None:
            self._words.append(content)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802
        if self._item is None:
            return
        if self._depth == 0:
            self.found_any = self.found_any or "id" in self._item
            self._done.append(Record(self._line, self._item))
            self._item = None
            return
        self._depth -= 1
        text, self._words = "".join(self._words).strip(), []
        namespace, tag = name
        if self._depth == 1:
            self._detail[tag] = text
        elif tag == "product_detail" and self._detail:
            self._item.setdefault("product_detail", []).append(self._detail)
            self._detail = {}
        elif self._depth == 0 and text:
            # Google's own element counts before one of RSS or Atom with the same name.
            if namespace == NAMESPACE:
                self._item[tag] = text
            else:
                self._item.setdefault(tag, text)


def _local(attrs: Any) -> dict[str, str]:
    return {name[1]: value for name, value in attrs.items()}


def _raw_product(values: Mapping[str, Any], mapping: ColumnMapping) -> dict[str, Any]:
    own, google = to_path(values.get("product_type")), to_path(values.get("google_product_category"))
    if len(google) == 1 and google[0].isdigit():
        google = []  # a number from Google's list of categories
    kind = next(iter(own or google), "")
    dated = values.get("sale_price_effective_date")
    return {
        "sku": values.get("id"),
        "title": values.get("title"),
        "item_type": mapping.translate("item_type", kind),
        "brand": values.get("brand"),
        "category_path": own or google,
        "description": html_to_text(values.get("description", "")),
        "price": (values.get("sale_price") if not dated else None) or values.get("price"),
        "stock": _stock(values.get("availability")),
        "image": values.get("image_link"),
        "link": values.get("link"),
        "attributes": _attributes(values),
    }


def _stock(availability: str | None) -> int | None:
    if not availability or normal_name(availability) == "in_stock":
        return None
    if normal_name(availability) in ("out_of_stock", "preorder", "backorder"):
        return 0
    raise ValueError(f"availability {availability!r} is none of in_stock, out_of_stock, preorder, backorder")


def _attributes(values: Mapping[str, Any]) -> dict[str, list[str]]:
    found = {
        name: values[name].split("/") if name in _SEVERAL else [values[name]]
        for name in _ATTRIBUTES
        if values.get(name)
    }
    details = values.get("product_detail", [])
    for detail in details if isinstance(details, list) else []:
        if name := to_text(detail.get("attribute_name", "")):
            found.setdefault(name, []).append(detail.get("attribute_value", ""))
    return found
