from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from catalog_db.conversations import delete_conversation, start_conversation
from catalog_db.database import Database
from catalog_db.errors import CatalogError, UnknownConversationError
from catalog_db.models import ShareLink
from catalog_db.share_links import OpenLink, find_link, find_shared, list_links, revoke, share

HOUR = dt.timedelta(hours=1)


def test_a_token_opens_its_conversation_until_it_is_revoked(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat, other = start_conversation(session, now), start_conversation(session, now)
        first, second, foreign = share(session, chat, now), share(session, chat, now + HOUR), share(session, other, now)
        assert [find_shared(session, token) for token in (first, second, foreign)] == [chat, chat, other]
        one, two = list_links(session, chat)
        assert (one.created_at, one.revoked_at, two.created_at) == (now, None, now + HOUR)
        assert revoke(session, chat, now + HOUR, link_id=one.id) == 1
        assert [find_shared(session, token) for token in (first, second, foreign)] == [None, chat, other]
        assert revoke(session, chat, now + 2 * HOUR) == 1
        assert [find_shared(session, token) for token in (first, second, foreign)] == [None, None, other]
        assert [link.revoked_at for link in list_links(session, chat)] == [now + HOUR, now + 2 * HOUR]


def test_the_database_does_not_know_the_token(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat = start_conversation(session, now)
        tokens = {share(session, chat, now) for _ in range(5)}
        assert len(tokens) == 5
        stored = [str(value) for row in session.execute(select(ShareLink.__table__)) for value in row]
        assert not any(token in value for token in tokens for value in stored)


@pytest.mark.parametrize("token", ["", "nope", "x" * 43, "x" * 10_000, "nul\x00", "é" * 43, "' OR 1=1 --", "\ud800"])
def test_any_text_may_be_asked_for(any_database: Database, now: dt.datetime, token: str) -> None:
    with any_database.session() as session:
        real = share(session, start_conversation(session, now), now)
        assert find_shared(session, token) is None
        for near in (real[:-1], real + "A", real.swapcase(), f" {real}", f"{real}\n"):
            assert find_shared(session, near) is None


def test_links_go_with_the_conversation(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat = start_conversation(session, now)
        token = share(session, chat, now)
        delete_conversation(session, chat)
        assert find_shared(session, token) is None


def test_refused(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat, other = start_conversation(session, now), start_conversation(session, now)
        token = share(session, other, now)
        (foreign,) = list_links(session, other)
        for link_id in (foreign.id, 4711, 10**30):
            with pytest.raises(CatalogError, match="no such link"):
                revoke(session, chat, now, link_id=link_id)
        for call in (share, revoke):
            with pytest.raises(UnknownConversationError):
                call(session, "nope", now)
            with pytest.raises(CatalogError, match="time zone"):
                call(session, chat, now.replace(tzinfo=None))
        with pytest.raises(UnknownConversationError):
            list_links(session, "nope")
        assert find_shared(session, token) == other


def test_a_link_knows_since_when_it_is_shared(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat = start_conversation(session, now)
        token = share(session, chat, now + HOUR)
        assert find_link(session, token) == OpenLink(chat, now + HOUR)
        revoke(session, chat, now + HOUR)
        assert find_link(session, token) is None
