"""The tables, as SQLAlchemy 2 models.

Everything here works on SQLite and on PostgreSQL alike: no JSON operators, no partial indexes, no server-side defaults
that differ. Times are stored in UTC; money is stored in minor units (cents) beside an ISO 4217 currency code.

The schema is created by the Alembic migrations in ``catalog_db/migrations`` and by nothing else; a test holds the two
together.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A timezone-aware UTC time; SQLite keeps it naive, so it is made aware again on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times in the database are timezone-aware; got a naive datetime")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=dt.UTC)


class Base(DeclarativeBase):
    """Declarative base; constraint names are fixed so that migrations can name them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Product(Base):
    """One thing that can be bought."""

    __tablename__ = "products"
    # Each ends in the id, so that "which products" is answered by the index alone: reading the rows themselves, which
    # are wide and scattered, takes twenty times as long (docs/benchmarks.md, "Conditions").
    __table_args__ = (
        Index("ix_products_brand_active_id", "brand", "active", "id"),
        Index("ix_products_item_type_active_id", "item_type", "active", "id"),
        Index("ix_products_stock_active_id", "stock", "active", "id"),
        Index("ix_products_rating_active_id", "rating", "active", "id"),
        # Also for an SQL predicate over these columns.
        Index("ix_products_numbers", "price_minor", "stock", "rating", "rating_count", "active", "id"),
        # Also for the shop at a glance: types and currencies, counted.
        Index("ix_products_on_sale", "active", "item_type", "currency", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(128), unique=True)
    title: Mapped[str] = mapped_column(String(512))
    brand: Mapped[str | None] = mapped_column(String(128))
    item_type: Mapped[str] = mapped_column(String(64))
    """The entity type a shop would put in its top navigation: lower case, ``[a-z0-9_]+``."""
    category_path: Mapped[str] = mapped_column(String(512), default="")
    """From broad to narrow, joined by `` > ``; empty when unknown."""
    description: Mapped[str] = mapped_column(Text, default="")
    price_minor: Mapped[int | None] = mapped_column()
    """Price in minor units of ``currency``; None when the shop states no price."""
    currency: Mapped[str] = mapped_column(String(3), default="USD")
    stock: Mapped[int | None] = mapped_column()
    """Units on hand; None when the shop does not count them (then it is sold without a limit)."""
    rating: Mapped[float | None] = mapped_column()
    """Mean rating, 1.0 to 5.0."""
    rating_count: Mapped[int] = mapped_column(default=0)
    image: Mapped[str] = mapped_column(String(1024), default="")
    """Picture: an http(s) URL, or a path inside the shop's picture folder."""
    link: Mapped[str] = mapped_column(String(1024), default="")
    active: Mapped[bool] = mapped_column(default=True)
    """False once the shop has taken it off sale; it stays for history."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(BigInteger, server_default="0", index=True)
    """The catalog revision of the last change to this row or its attributes (see :mod:`catalog_db.revisions`)."""

    attributes: Mapped[list[ProductAttribute]] = relationship(
        back_populates="product",
        cascade="all, delete-orphan",
        order_by="(ProductAttribute.name, ProductAttribute.value)",
    )


class ProductAttribute(Base):
    """One attribute value of a product (``colour`` = ``navy``); an attribute may have several values."""

    __tablename__ = "product_attributes"
    __table_args__ = (Index("ix_product_attributes_name_value_product_id", "name", "value", "product_id"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(256), primary_key=True)

    product: Mapped[Product] = relationship(back_populates="attributes")


class CatalogRevision(Base):
    """One row that counts changes to products, so that what was computed from them can be kept until they change.

    It is raised in the transaction that changes products, so every process sees the new number exactly when it can see
    the new products.
    """

    __tablename__ = "catalog_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    """Always 1."""
    number: Mapped[int] = mapped_column(BigInteger)
    complete_since: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Every change after this number can be told from the rows' own; a deletion, which leaves none, raises it."""


class CodebookVersion(Base):
    """A set of codebooks that semantic ids were made with, known by its fingerprint."""

    __tablename__ = "codebook_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    scheme: Mapped[dict[str, Any]] = mapped_column(JSON)
    """``SidScheme.to_dict()``: types, levels, sizes, whether codebooks belong to a type."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ProductSid(Base):
    """The semantic id of a product under one codebook version."""

    __tablename__ = "product_sids"
    __table_args__ = (
        UniqueConstraint("codebook_version_id", "item_type", "codes"),
        Index("ix_product_sids_codebook_version_id_revision", "codebook_version_id", "revision"),
    )

    codebook_version_id: Mapped[int] = mapped_column(
        ForeignKey("codebook_versions.id", ondelete="CASCADE"), primary_key=True
    )
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    item_type: Mapped[str] = mapped_column(String(64))
    """The opener's type. It is the product's own type when the SID was made."""
    codes: Mapped[bytes] = mapped_column(LargeBinary)
    """One big-endian uint16 per level, so that the database sorts SIDs coarse to fine."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """The catalog revision at which the product was given this SID (see :mod:`catalog_db.revisions`)."""


class Shopper(Base):
    """Someone who shops here; ``key`` is the outside name (a log's user id, a browser session)."""

    __tablename__ = "shoppers"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class EventKind(StrEnum):
    """What a shopper did with a product."""

    VIEWED = "viewed"
    CARTED = "carted"
    BOUGHT = "bought"
    DISMISSED = "dismissed"


class InteractionEvent(Base):
    """A shopper did something with a product at a time."""

    __tablename__ = "interaction_events"
    __table_args__ = (
        UniqueConstraint("shopper_id", "product_id", "kind", "at"),
        Index("ix_interaction_events_shopper_id_at", "shopper_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shopper_id: Mapped[int] = mapped_column(ForeignKey("shoppers.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """An :class:`EventKind` value."""
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class SearchQuery(Base):
    """Words a shopper searched with, and the product bought because of them, if any."""

    __tablename__ = "search_queries"
    __table_args__ = (UniqueConstraint("shopper_id", "text", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shopper_id: Mapped[int] = mapped_column(ForeignKey("shoppers.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(512))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    bought_product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id", ondelete="SET NULL"), index=True)


class Conversation(Base):
    """A chat between a shopper and the assistant; the server's copy is the only one that counts."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """A random UUID."""
    shopper_id: Mapped[int | None] = mapped_column(ForeignKey("shoppers.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    messages: Mapped[list[Message]] = relationship(
        back_populates="conversation", cascade="all, delete-orphan", order_by="Message.position"
    )


class Message(Base):
    """One turn: an ordered list of parts as plain values (see ``neo_assistant.messages``)."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "position"),
        # The replies of a time span (see catalog_db.health).
        Index("ix_messages_role_created_at", "role", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column()
    role: Mapped[str] = mapped_column(String(16))
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    made_by: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What produced a reply: checkpoint, codebook version, conditions, timings. Of a shopper's turn, ``request``: what
    was asked for, words and all (see ``neo_assistant.conversation_turns``)."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    conversation: Mapped[Conversation] = relationship(back_populates="messages")


class Feedback(Base):
    """A thumb on a reply, with a reason if one was given; a later word on the same reply takes its place."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), unique=True, index=True)
    helpful: Mapped[bool] = mapped_column()
    reason: Mapped[str] = mapped_column(String(1024), default="")
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class ShownItem(Base):
    """A product named in a reply. What made the reply stands in ``messages.made_by``."""

    __tablename__ = "shown_items"
    # Between them they answer what was shown when, and whether a product was, without the rows of the table.
    __table_args__ = (
        Index("ix_shown_items_at_product_id", "at", "product_id"),
        Index("ix_shown_items_product_id_at", "product_id", "at"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """From 0, among the items of the reply."""
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ShareLink(Base):
    """Leave to read one conversation, for whoever knows the token."""

    __tablename__ = "share_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """The token itself is stored nowhere, so that who reads the database cannot read along."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ShopperList(StrEnum):
    """The lists that a shopper keeps."""

    CART = "cart"
    WISHLIST = "wishlist"
    DISMISSED = "dismissed"


class ShopperListEntry(Base):
    """A product on one of a shopper's lists."""

    __tablename__ = "shopper_list_entries"

    shopper_id: Mapped[int] = mapped_column(ForeignKey("shoppers.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    """A :class:`ShopperList` value."""
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True, index=True)
    quantity: Mapped[int] = mapped_column()
    """1 to 99 in the cart, 1 on the other lists."""
    added_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ShopperSetting(Base):
    """What a shopper lets the shop remember and use; who has no row has changed nothing."""

    __tablename__ = "shopper_settings"

    shopper_id: Mapped[int] = mapped_column(ForeignKey("shoppers.id", ondelete="CASCADE"), primary_key=True)
    history: Mapped[bool] = mapped_column()
    taste: Mapped[bool] = mapped_column()
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class RuleAction(StrEnum):
    """What a merchandiser wants done with the products a rule selects."""

    PIN = "pin"
    BOOST = "boost"
    BURY = "bury"
    EXCLUDE = "exclude"


class MerchandisingRule(Base):
    """A merchandiser's wish about some products, with a start and an end."""

    __tablename__ = "merchandising_rules"
    # The log names rules by number, so the number of a deleted rule must never be given to another one.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(String(16))
    """A :class:`RuleAction` value."""
    conditions: Mapped[dict[str, Any]] = mapped_column(JSON)
    """``Conditions.to_dict()``: the products it is about."""
    strength: Mapped[float] = mapped_column(default=1.0)
    note: Mapped[str] = mapped_column(String(512), default="")
    created_by: Mapped[str] = mapped_column(String(128), default="")
    starts_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class RuleChange(StrEnum):
    """What was done to a rule."""

    ADDED = "added"
    REPLACED = "replaced"
    DELETED = "deleted"


class RuleLogEntry(Base):
    """One change to a merchandising rule. Rows are only ever added, and outlive the rule."""

    __tablename__ = "rule_log"
    __table_args__ = (Index("ix_rule_log_rule_id_id", "rule_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column()
    change: Mapped[str] = mapped_column(String(16))
    """A :class:`RuleChange` value."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    who: Mapped[str] = mapped_column(String(128))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ProductLogEntry(Base):
    """Somebody edited a product, or took in a file of products, on the desk. Rows are only ever added."""

    __tablename__ = "product_log"
    __table_args__ = (Index("ix_product_log_sku_id", "sku", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str | None] = mapped_column(String(128))
    """The product that was edited; None for a file. Not a reference: the entry outlives the product."""
    file: Mapped[str] = mapped_column(String(128))
    """What a file was called; empty for an edit."""
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Of an edit, field → what it was and what it is; of a file, how many products it ``added`` and ``changed``."""
    who: Mapped[str] = mapped_column(String(128))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class CheckpointPromotion(Base):
    """A checkpoint was put in service. Rows are only ever added; the newest one holds."""

    __tablename__ = "promotions"

    id: Mapped[int] = mapped_column(primary_key=True)
    checkpoint: Mapped[str] = mapped_column(String(255))
    """The name of its folder, without a path."""
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    """Of its manifest's bytes, so that a folder whose content was exchanged is not taken for the same checkpoint."""
    note: Mapped[str] = mapped_column(String(512))
    who: Mapped[str] = mapped_column(String(128))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    restores_id: Mapped[int | None] = mapped_column(ForeignKey("promotions.id"))
    """For a rollback, the promotion that holds again."""


class ShopInfo(Base):
    """A fact about the shop as a whole, such as that it is the sample store."""

    __tablename__ = "shop_info"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
