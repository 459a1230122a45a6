"""Indexes that answer each condition by themselves, without the rows of the products."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEW = (
    ("ix_products_brand_active_id", "products", ["brand", "active", "id"]),
    ("ix_products_item_type_active_id", "products", ["item_type", "active", "id"]),
    ("ix_products_stock_active_id", "products", ["stock", "active", "id"]),
    ("ix_products_rating_active_id", "products", ["rating", "active", "id"]),
    ("ix_products_numbers", "products", ["price_minor", "stock", "rating", "rating_count", "active", "id"]),
    ("ix_products_on_sale", "products", ["active", "item_type", "currency", "id"]),
    ("ix_product_attributes_name_value_product_id", "product_attributes", ["name", "value", "product_id"]),
)
_OLD = (
    ("ix_products_brand", "products", ["brand"]),
    ("ix_products_item_type", "products", ["item_type"]),
    ("ix_products_price_minor", "products", ["price_minor"]),
    ("ix_product_attributes_name_value", "product_attributes", ["name", "value"]),
)


def upgrade() -> None:
    for name, table, columns in _NEW:
        op.create_index(name, table, columns, unique=False)
    for name, table, _ in _OLD:
        op.drop_index(name, table_name=table)


def downgrade() -> None:
    for name, table, columns in _OLD:
        op.create_index(name, table, columns, unique=False)
    for name, table, _ in _NEW:
        op.drop_index(name, table_name=table)
