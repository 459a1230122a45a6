"""The catalog revision of each product's and each semantic id's last change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns with a constant default are added without writing a single row, on SQLite and on PostgreSQL.
    op.add_column("products", sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index(op.f("ix_products_revision"), "products", ["revision"], unique=False)
    op.add_column("product_sids", sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index(
        "ix_product_sids_codebook_version_id_revision",
        "product_sids",
        ["codebook_version_id", "revision"],
        unique=False,
    )
    op.add_column("catalog_revision", sa.Column("complete_since", sa.BigInteger(), server_default="0", nullable=False))
    # What changed before today is not written down anywhere.
    op.execute("UPDATE catalog_revision SET complete_since = number")


def downgrade() -> None:
    op.drop_column("catalog_revision", "complete_since")
    op.drop_index("ix_product_sids_codebook_version_id_revision", table_name="product_sids")
    op.drop_column("product_sids", "revision")
    op.drop_index(op.f("ix_products_revision"), table_name="products")
    op.drop_column("products", "revision")
