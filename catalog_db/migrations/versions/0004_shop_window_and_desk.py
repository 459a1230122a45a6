"""Shoppers' lists and settings, shared conversations, shown items, and the logs of the merchandiser's desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _number_rules(autoincrement=True)
    op.create_index("ix_messages_role_created_at", "messages", ["role", "created_at"], unique=False)
    _one_thumb_per_message()
    op.create_table(
        "shown_items",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        _reference("shown_items", "message_id", "messages"),
        _reference("shown_items", "product_id", "products"),
        sa.PrimaryKeyConstraint("message_id", "position", name=op.f("pk_shown_items")),
    )
    op.create_index("ix_shown_items_at_product_id", "shown_items", ["at", "product_id"], unique=False)
    op.create_index("ix_shown_items_product_id_at", "shown_items", ["product_id", "at"], unique=False)
    op.create_table(
        "share_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME, nullable=True),
        _reference("share_links", "conversation_id", "conversations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_share_links_token_sha256")),
    )
    op.create_index(op.f("ix_share_links_conversation_id"), "share_links", ["conversation_id"], unique=False)
    op.create_table(
        "shopper_list_entries",
        sa.Column("shopper_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        _reference("shopper_list_entries", "shopper_id", "shoppers"),
        _reference("shopper_list_entries", "product_id", "products"),
        sa.PrimaryKeyConstraint("shopper_id", "kind", "product_id", name=op.f("pk_shopper_list_entries")),
    )
    op.create_index(op.f("ix_shopper_list_entries_product_id"), "shopper_list_entries", ["product_id"], unique=False)
    op.create_table(
        "shopper_settings",
        sa.Column("shopper_id", sa.Integer(), nullable=False),
        sa.Column("history", sa.Boolean(), nullable=False),
        sa.Column("taste", sa.Boolean(), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        _reference("shopper_settings", "shopper_id", "shoppers"),
        sa.PrimaryKeyConstraint("shopper_id", name=op.f("pk_shopper_settings")),
    )
    op.create_table(
        "rule_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("who", sa.String(length=128), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_log")),
    )
    op.create_index("ix_rule_log_rule_id_id", "rule_log", ["rule_id", "id"], unique=False)
    op.create_table(
        "promotions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checkpoint", sa.String(length=255), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=512), nullable=False),
        sa.Column("who", sa.String(length=128), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("restores_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["restores_id"], ["promotions.id"], name=op.f("fk_promotions_restores_id_promotions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
    )


def downgrade() -> None:
    tables = ("promotions", "rule_log", "shopper_settings", "shopper_list_entries", "share_links", "shown_items")
    for table in tables:
        op.drop_table(table)
    op.drop_index(op.f("ix_feedback_at"), table_name="feedback")
    op.drop_index(op.f("ix_feedback_message_id"), table_name="feedback")
    op.create_index(op.f("ix_feedback_message_id"), "feedback", ["message_id"], unique=False)
    op.drop_index("ix_messages_role_created_at", table_name="messages")
    _number_rules(autoincrement=False)


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete="CASCADE")


def _one_thumb_per_message() -> None:
    """Keep the latest word on each message, which is the one that counted before, too."""
    op.execute(
        "DELETE FROM feedback WHERE EXISTS (SELECT 1 FROM feedback AS later"
        " WHERE later.message_id = feedback.message_id"
        " AND (later.at > feedback.at OR (later.at = feedback.at AND later.id > feedback.id)))"
    )
    op.drop_index(op.f("ix_feedback_message_id"), table_name="feedback")
    op.create_index(op.f("ix_feedback_message_id"), "feedback", ["message_id"], unique=True)
    op.create_index(op.f("ix_feedback_at"), "feedback", ["at"], unique=False)


def _number_rules(*, autoincrement: bool) -> None:
    """SQLite gives a deleted rule's number away again unless told not to; PostgreSQL never does."""
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table(
            "merchandising_rules", recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}
        ):
            pass
