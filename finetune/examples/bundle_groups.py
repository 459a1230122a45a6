"""Which groups of phrasings are about bundles, and which placeholders each may use."""

from __future__ import annotations

from collections.abc import Mapping

BUNDLE_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "total": frozenset({"max"}),
    "bundle_list": frozenset({"list", "total"}),
    "bundle_list_limit": frozenset({"list", "max"}),
    "bundle_theme": frozenset({"theme", "total"}),
    "bundle_theme_limit": frozenset({"theme", "max"}),
    "bundle_gift": frozenset({"who", "total"}),
    "bundle_need": frozenset({"need", "total"}),
    "bundle_around": frozenset({"total"}),
    "bundle_around_limit": frozenset({"max"}),
    "reply_bundle": frozenset(),
    "reply_bundle_nothing": frozenset(),
}
