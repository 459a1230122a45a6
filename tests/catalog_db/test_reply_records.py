from __future__ import annotations

import datetime as dt

from catalog_db.conversations import add_message, start_conversation
from catalog_db.database import Database
from catalog_db.reply_records import StoredReply, find_reply, latest_replies

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


def test_replies_are_told_by_what_made_them_and_not_by_their_words(any_database: Database) -> None:
    with any_database.session() as session:
        chat = start_conversation(session, NOW)
        said = [
            add_message(session, chat, role, [{"text": "secret"}], NOW, {"checkpoint": name}).id
            for role, name in (("shopper", ""), ("assistant", "spring"), ("shopper", ""), ("assistant", "summer"))
        ]
    with any_database.reading() as session:
        newest, oldest = latest_replies(session)
        assert (newest, oldest) == (
            StoredReply(said[3], NOW, {"checkpoint": "summer"}, ()),
            StoredReply(said[1], NOW, {"checkpoint": "spring"}, ()),
        )
        assert latest_replies(session, before_id=newest.id) == [oldest]
        assert latest_replies(session, limit=1) == [newest]
        assert find_reply(session, said[1]) == oldest
        for none in (said[0], said[3] + 1, 0, -1, 2**63 - 1, 10**30):
            assert find_reply(session, none) is None
