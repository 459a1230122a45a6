"""What the desk does with merchandising rules: list them, look at one before it is saved, save it, read the log.

A rule can be saved only as it was looked at: :meth:`RuleDesk.look` gives a :class:`Looked`, and :meth:`RuleDesk.save`
takes that and the form as it stands then, and refuses where the two do not agree. Everything that changes a rule goes
through :mod:`catalog_db.rule_log`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from catalog_db import rule_log
from catalog_db.csv_export import Column, Kind, csv_lines
from catalog_db.database import Database
from catalog_db.eligibility import eligible_product_ids
from catalog_db.errors import CatalogError
from catalog_db.facets import BRAND, facets
from catalog_db.known_values import check_against
from catalog_db.overview import shop_overview
from catalog_db.product_search import search_products
from catalog_db.products import ProductRecord, get_products, ids_by_sku
from catalog_db.rule_log import LogEntry
from catalog_db.rules import Rule, StoredRule, list_rules
from neo_assistant.catalog import Catalog
from neo_assistant.errors import RequestError
from neo_assistant.events import Event
from neo_assistant.merchandising.effects import drafts, in_force
from neo_assistant.merchandising.preview import Preview, preview
from neo_assistant.merchandising.rule_form import RuleForm, always, in_force_from
from neo_assistant.merchandising.rule_words import change_rows, skus_of, skus_of_entries
from neo_assistant.request import Replier, Request
from neo_assistant.waking import Waiting

EXAMPLES = 8
"""Items that a rule selects and that are named."""
LOG_PAGE = 20
_LOG_BATCH = 1_000

LOG_COLUMNS = (
    *(Column("change_id", Kind.INTEGER), Column("at_utc", Kind.TIME), Column("who"), Column("rule_id", Kind.INTEGER)),
    *(Column("change"), Column("field"), Column("before"), Column("after")),
)


class Phase(StrEnum):
    """Where a rule stands in time."""

    IN_FORCE = "in force"
    COMING = "coming"
    ENDED = "ended"


@dataclass(frozen=True)
class ListedRule:
    """A rule in the list."""

    stored: StoredRule
    phase: Phase


@dataclass(frozen=True)
class Choices:
    """What a rule's form offers: item types, the brands and ``colour: blue`` that most items carry; the currency."""

    types: tuple[str, ...]
    brands: tuple[str, ...]
    attributes: tuple[str, ...]
    currency: str


@dataclass(frozen=True)
class Looked:
    """A rule that somebody has looked at, and may save.

    Attributes:
        form: as it stood.
        rule: what it says.
        opened: the rule that it takes the place of, as it was when it was opened; None for a new one.
        trial: the test request.
        at: the time that was looked at: now, or when the rule will begin. None if it is never in force any more.
        selected: items on sale that the rule selects.
        examples: the first of them.
        effect: what all rules do together to the items that may answer the trial; None where nothing knows (no model),
            and for a rule that is never in force.
        tried: the rules that hold at that time, this one among them, and the same ones without it (``present``).
        number: of this rule in ``tried``.
    """

    form: RuleForm
    rule: Rule
    opened: StoredRule | None
    trial: Request
    at: dt.datetime | None
    selected: int
    examples: tuple[ProductRecord, ...]
    effect: Preview | None
    present: tuple[StoredRule, ...]
    tried: tuple[StoredRule, ...]
    number: int


@dataclass(frozen=True)
class Replies:
    """The reply to a trial as far as it has been written: with the rules as they are, and with the one looked at."""

    before: tuple[Event, ...] = ()
    after: tuple[Event, ...] = ()


@runtime_checkable
class _HasCatalog(Protocol):
    @property
    def catalog(self) -> Catalog: ...


class RuleDesk:
    """Rules of one shop. Safe to share between threads.

    Args:
        database: the shop's database.
        replier: what writes replies.
        clock: what time it is, with a time zone.
    """

    def __init__(
        self,
        database: Database,
        replier: Replier,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._database = database
        self._replier = replier
        self.clock = clock

    def choices(self) -> Choices:
        """What a form offers.

        Raises:
            EmptyCatalogError: nothing is on sale.
        """
        with self._database.reading() as session:
            shop = shop_overview(session)
            known = {facet.name: [each.value for each in facet.values] for facet in facets(session)}
        brands = known.pop(BRAND, [])
        attributes = [f"{name}: {value}" for name, values in known.items() for value in values]
        return Choices(tuple(shop.item_types), tuple(sorted(brands)), tuple(attributes), shop.currency)

    def find_items(self, words: str, limit: int = 20) -> list[ProductRecord]:
        """Items on sale by words of their title, brand or SKU; or several SKUs with commas between them."""
        with self._database.reading() as session:
            listed = [sku.strip() for sku in re.split(r"[,;\n]", words) if sku.strip()]
            if len(listed) > 1:
                return get_products(session, sorted(ids_by_sku(session, listed).values()))
            return search_products(session, words, limit=limit) if listed else []

    def titles(self, skus: set[str]) -> dict[str, str]:
        """SKU → title, of those that the catalog holds."""
        with self._database.reading() as session:
            found = get_products(session, sorted(ids_by_sku(session, skus).values()))
        return {product.sku: product.title for product in found}

    def rules(self) -> list[ListedRule]:
        """Every rule: those in force by precedence, then those to come, the next one first, then those that ended."""
        now = self.clock()
        with self._database.reading() as session:
            stored = list_rules(session)
        active = in_force(stored, now)
        rest = [each for each in stored if each not in active]
        ended = [each for each in rest if each.rule.ends_at is not None and each.rule.ends_at <= now]
        coming = [each for each in rest if each not in ended]
        coming.sort(key=lambda each: (each.rule.starts_at or now, each.id))
        ended.sort(key=lambda each: (each.rule.ends_at or now, each.id), reverse=True)
        groups = ((Phase.IN_FORCE, active), (Phase.COMING, coming), (Phase.ENDED, ended))
        return [ListedRule(each, phase) for phase, group in groups for each in group]

    def open(self, rule_id: int) -> StoredRule:
        """A rule as it is now.

        Raises:
            CatalogError: there is no such rule.
        """
        with self._database.reading() as session:
            for stored in list_rules(session):
                if stored.id == rule_id:
                    return stored
        raise CatalogError(f"there is no rule {rule_id} any more", "load the list again")

    def look(self, form: RuleForm, opened: StoredRule | None, who: str, trial: Request) -> Looked:
        """What a rule would do. It is what :meth:`save` wants to see first.

        Args:
            form: of the rule.
            opened: the rule it is to take the place of; None for a new one.
            who: looks.
            trial: a request to try it on; its types, conditions and dismissed items count here, its words do not.

        Raises:
            NeoError: the form, or the trial, names what the shop does not have, or makes no sense.
        """
        now = self.clock()
        with self._database.reading() as session:
            currency = shop_overview(session).currency
            rule = form.rule(who if opened is None else opened.rule.created_by, currency)
            self._check_items(form, set(ids_by_sku(session, form.skus)))
            check_against(session, rule.conditions)
            ids = eligible_product_ids(session, rule.conditions)
            examples = tuple(get_products(session, ids[:EXAMPLES].tolist()))
            saved = list_rules(session)
        at = in_force_from(rule, now)
        looked = Looked(form, rule, opened, trial, at, len(ids), examples, None, (), (), -1)
        if at is None:
            return looked
        present = [StoredRule(each.id, always(each.rule), each.created_at) for each in in_force(saved, at)]
        draft = StoredRule(opened.id, always(rule), opened.created_at) if opened else drafts([always(rule)], now)[0]
        tried = [each for each in present if opened is None or each.id != opened.id] + [draft]
        looked = dataclasses.replace(looked, present=tuple(present), tried=tuple(tried), number=draft.id)
        catalog = self._catalog()
        if catalog is None:
            return looked
        return dataclasses.replace(looked, effect=preview(catalog.snapshot(), tried, trial, at))

    def replies(self, looked: Looked, stop: threading.Event) -> Iterator[Replies]:
        """The reply to the trial, with the rules as they are and then with the one looked at, as both grow.

        Raises:
            NeoError: what the replier raises.
        """
        if looked.at is None:
            return
        before: list[Event] = []
        after: list[Event] = []
        for events, rules in ((before, looked.present), (after, looked.tried)):
            for event in self._replier.reply([], looked.trial, stop, rules):
                events.append(event)
                yield Replies(tuple(before), tuple(after))

    @property
    def obeys_rules(self) -> bool:
        """Whether replies follow rules at all; without a model they do not."""
        return self._catalog() is not None

    def save(self, looked: Looked | None, form: RuleForm, who: str) -> int:
        """Save the rule that was looked at, and return its number.

        Args:
            looked: from :meth:`look`, kept on the server.
            form: as it stands now.
            who: saves it.

        Raises:
            RequestError: nobody looked at what the form says now.
            CatalogError: the rule it takes the place of has been changed, or deleted, since it was opened.
        """
        if looked is None or looked.form != form:
            raise RequestError("this is not the rule that was previewed", "preview it again, then save it")
        with self._database.session() as session:
            if looked.opened is None:
                return rule_log.add(session, looked.rule, who, self.clock())
            number = looked.opened.id
            rule_log.replace(session, number, looked.rule, who, self.clock(), expected=looked.opened.rule)
            return number

    def delete(self, opened: StoredRule, who: str) -> None:
        """Delete a rule.

        Raises:
            CatalogError: it has been changed, or deleted, since it was opened.
        """
        with self._database.session() as session:
            rule_log.delete(session, opened.id, who, self.clock(), expected=opened.rule)

    def log(self, before_id: int | None = None) -> list[LogEntry]:
        """A page of changes, the newest first, of those older than an entry."""
        with self._database.reading() as session:
            return rule_log.entries(session, before_id=before_id, limit=LOG_PAGE)

    def log_csv(self) -> Iterator[str]:
        """Every change as CSV, a row for each field that changed, the newest first."""
        return csv_lines(LOG_COLUMNS, self._log_rows(), byte_order_mark=True)

    def titles_of(self, rules: Sequence[Rule] = (), entries: Sequence[LogEntry] = ()) -> dict[str, str]:
        """SKU → title of the items that rules, and changes to rules, name one by one."""
        return self.titles(skus_of(rules) | skus_of_entries(entries))

    def currency(self) -> str:
        """The shop's currency.

        Raises:
            EmptyCatalogError: nothing is on sale.
        """
        with self._database.reading() as session:
            return shop_overview(session).currency

    def _log_rows(self) -> Iterator[Sequence[object]]:
        currency, last = self.currency(), None
        while True:
            with self._database.reading() as session:
                page = rule_log.entries(session, before_id=last, limit=_LOG_BATCH)
            if not page:
                return
            titles = self.titles_of(entries=page)
            for entry in page:
                for changed in change_rows(entry, currency, titles):
                    yield (entry.id, entry.at, entry.who, entry.rule_id, entry.change.value, *changed)
            last = page[-1].id

    def _catalog(self) -> Catalog | None:
        replier = self._replier.wait() if isinstance(self._replier, Waiting) else self._replier
        return replier.catalog if isinstance(replier, _HasCatalog) else None

    def _check_items(self, form: RuleForm, known: set[str]) -> None:
        if unknown := [sku for sku in form.skus if sku not in known]:
            raise RequestError(f"the catalog holds no item {unknown[0]!r}", "look it up by its title")
