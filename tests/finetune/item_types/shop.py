"""A small catalog without item types: three kinds, told by title in most products and by all else in the others."""

from __future__ import annotations

from finetune.item_types.catalog_file import Listing
from finetune.item_types.type_file import TypeFile

TYPES = TypeFile(
    {"toner cartridge": "printing", "patch cable": "cables", "usb cable": "cables"},
    {"toner cartridge": "toner cartridge", "patch cable": "patch cable", "usb cable": "usb cable"},
)


def shop() -> list[Listing]:
    """36 products whose titles name their kind, and three whose titles do not: numbers 36, 37 and 38."""
    listings = []
    for number in range(12):
        brand = ("Alder", "Brook")[number % 2]
        listings += [
            Listing(
                {}, f"{brand} T{number}0 toner cartridge", brand, "Prints many pages, as cartridges do", ("yield",)
            ),
            Listing(
                {}, f"{brand} patch cable {number} m", brand, "Joins switches; cables for racks", ("length", "cat")
            ),
            Listing({}, f"{brand} usb cable {number} m", brand, "Charges phones; cables that last", ("length", "usb")),
        ]
    return [
        *listings,
        Listing({}, "Alder T999", "Alder", "Prints many pages", ("yield",)),
        Listing({}, "Brook P5", "Brook", "Joins switches in racks", ("length", "cat")),
        Listing({}, "Zzz", "Unheard"),
    ]
