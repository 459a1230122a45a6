"""Store codebook versions and the semantic ids made with them.

Codes travel as numpy arrays; in the database a SID is one big-endian uint16 per level, which sorts coarse to fine.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.models import CodebookVersion, Product, ProductSid
from catalog_db.revisions import bump_revision, next_revision

_BATCH = 5000
_IDS_PER_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class CodebookVersionRecord:
    """A codebook version and how many products have a SID of it."""

    fingerprint: str
    scheme: Mapping[str, Any]
    created_at: dt.datetime
    products: int


def save_codebook_version(session: Session, fingerprint: str, scheme: Mapping[str, Any], now: dt.datetime) -> None:
    """Make a codebook version known; saying it again with the same scheme changes nothing.

    Raises:
        CatalogError: the fingerprint is known with another scheme.
    """
    stored = session.execute(
        select(CodebookVersion.scheme).where(CodebookVersion.fingerprint == fingerprint)
    ).scalar_one_or_none()
    if stored is None:
        session.execute(insert(CodebookVersion).values(fingerprint=fingerprint, scheme=dict(scheme), created_at=now))
    elif stored != scheme:
        raise CatalogError(f"codebook version {fingerprint[:12]} is stored with another scheme")


def codebook_versions(session: Session) -> list[CodebookVersionRecord]:
    """Every codebook version, oldest first."""
    count = (
        select(func.count()).where(ProductSid.codebook_version_id == CodebookVersion.id).correlate(CodebookVersion)
    ).scalar_subquery()
    rows = session.execute(
        select(CodebookVersion.fingerprint, CodebookVersion.scheme, CodebookVersion.created_at, count).order_by(
            CodebookVersion.created_at, CodebookVersion.id
        )
    )
    return [CodebookVersionRecord(*row) for row in rows]


def save_sids(
    session: Session,
    fingerprint: str,
    product_ids: npt.ArrayLike,
    item_types: Sequence[str],
    codes: npt.ArrayLike,
) -> None:
    """Give products their SIDs under a codebook version, in place of those they had; other products keep theirs.

    Args:
        session: a writing session.
        fingerprint: of a version that :func:`save_codebook_version` has stored.
        product_ids: ``(n,)`` integers.
        item_types: ``n`` types, those of the openers.
        codes: ``(n, levels)`` integers from 0 to 65535.

    Raises:
        CatalogError: unknown version or product, shapes that disagree, or two products with the same SID.
    """
    version = codebook_version_id(session, fingerprint)
    ids, values = np.asarray(product_ids, dtype=np.int64), np.asarray(codes)
    if values.ndim != 2 or ids.shape != (len(values),) or len(item_types) != len(values):
        raise CatalogError(
            f"{ids.shape} product ids, {len(item_types)} types and codes of shape {values.shape} do not belong together"
        )
    if values.size and (values.min() < 0 or values.max() > 0xFFFF):
        raise CatalogError("codes are between 0 and 65535")
    if not len(ids):
        return
    number = next_revision(session)
    encoded = values.astype(">u2")
    plain_ids = ids.tolist()
    for start in range(0, len(plain_ids), _IDS_PER_STATEMENT):
        session.execute(
            delete(ProductSid).where(
                ProductSid.codebook_version_id == version,
                ProductSid.product_id.in_(plain_ids[start : start + _IDS_PER_STATEMENT]),
            ),
            execution_options={"synchronize_session": False},
        )
    rows = (
        {
            "codebook_version_id": version,
            "product_id": product_id,
            "item_type": item_type,
            "codes": row.tobytes(),
            "revision": number,
        }
        for product_id, item_type, row in zip(plain_ids, item_types, encoded, strict=True)
    )
    try:
        while batch := list(itertools.islice(rows, _BATCH)):
            session.execute(insert(ProductSid), batch)
        bump_revision(session)  # a product that can be named now is a change of the catalog
    except IntegrityError as error:
        reason = " ".join(str(error.orig).split())
        raise CatalogError(f"two products would share a SID, or a product is not in the catalog: {reason}") from error


def products_without_sid(session: Session, fingerprint: str) -> list[int]:
    """Ids of products, on sale or not, that lack a SID of this version or whose type changed since they got it.

    Raises:
        CatalogError: unknown version.
    """
    query = (
        select(Product.id)
        .outerjoin(
            ProductSid,
            (ProductSid.product_id == Product.id)
            & (ProductSid.codebook_version_id == codebook_version_id(session, fingerprint)),
        )
        .where(or_(ProductSid.product_id.is_(None), ProductSid.item_type != Product.item_type))
        .order_by(Product.id)
    )
    return list(session.execute(query).scalars())


def newest_sids(session: Session, skus: Iterable[str]) -> dict[str, tuple[str, tuple[int, ...]]] | None:
    """SKU → item type and codes under the newest codebooks, of those of a few products that have them.

    Returns:
        None where there are no codebooks at all, as in a shop whose replies are scripted.
    """
    newest = select(CodebookVersion.id).order_by(CodebookVersion.created_at.desc(), CodebookVersion.id.desc()).limit(1)
    version = session.execute(newest).scalar_one_or_none()
    if version is None:
        return None
    rows = session.execute(
        select(Product.sku, ProductSid.item_type, ProductSid.codes)
        .join(Product, Product.id == ProductSid.product_id)
        .where(ProductSid.codebook_version_id == version, Product.sku.in_(sorted(set(skus))))
    )
    return {sku: (item_type, tuple(np.frombuffer(codes, ">u2").tolist())) for sku, item_type, codes in rows}


def codebook_version_id(session: Session, fingerprint: str) -> int:
    """The row of a codebook version.

    Raises:
        CatalogError: unknown version.
    """
    found = session.execute(
        select(CodebookVersion.id).where(CodebookVersion.fingerprint == fingerprint)
    ).scalar_one_or_none()
    if found is None:
        raise CatalogError(
            f"the database knows no codebook version {fingerprint[:12]}", "make semantic ids: python -m finetune sids"
        )
    return found
