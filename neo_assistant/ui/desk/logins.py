"""Who may use the merchandiser's desk: names and passwords from ``NEO_DESK_LOGINS``, sessions in memory.

Passwords are kept as scrypt hashes and compared in constant time; a name that was tried too often has to wait. A
session ends after half a day, when its owner signs out, and with the process.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from neo_assistant.errors import LoginRefusedError, SettingsError

SESSION = dt.timedelta(hours=12)
TRIES, TRIES_WITHIN = 5, dt.timedelta(minutes=1)
"""So many wrong passwords for one name within this time, and the next are not even looked at."""
SHORTEST_PASSWORD = 8
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
"""Cost of a hash: 16 MiB, a few dozen milliseconds (RFC 7914)."""
_WRONG = LoginRefusedError("wrong name or password", "ask whoever runs the shop's server")


@dataclass(frozen=True, slots=True)
class Merchandiser:
    """Who is signed in; the name stands in logs."""

    name: str


class Logins:
    """Checks passwords and keeps sessions. Safe to share between threads.

    Args:
        pairs: ``name:password``, separated by commas; empty closes the desk.
        clock: what time it is, with a time zone.

    Raises:
        SettingsError: a pair is not one, a name comes twice, or a password is shorter than ``SHORTEST_PASSWORD``.
    """

    def __init__(self, pairs: str, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._clock = clock
        self._salt = secrets.token_bytes(16)
        self._hashes = {name: self._hash(password) for name, password in _read(pairs).items()}
        # A name that is not known takes as long as one that is.
        self._nobody = self._hash(secrets.token_hex())
        self._sessions: dict[str, tuple[Merchandiser, dt.datetime]] = {}
        self._failures: dict[str, deque[dt.datetime]] = {}
        self._guard = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether anybody can sign in at all."""
        return bool(self._hashes)

    def sign_in(self, name: str, password: str) -> str:
        """Begin a session and return its token, which is as good as the password until it ends.

        Raises:
            LoginRefusedError: wrong name or password, too many wrong ones before, or the desk is closed.
        """
        if not self.is_open:
            raise LoginRefusedError("this desk is closed", "whoever runs the server opens it with NEO_DESK_LOGINS")
        name = name.strip()
        self._refuse_guessing(name)
        if not hmac.compare_digest(self._hashes.get(name, self._nobody), self._hash(password)):
            with self._guard:
                if name in self._hashes:
                    self._failures.setdefault(name, deque(maxlen=TRIES)).append(self._clock())
            raise _WRONG
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._guard:
            self._sessions = {key: kept for key, kept in self._sessions.items() if kept[1] > now}
            self._sessions[token] = (Merchandiser(name), now + SESSION)
        return token

    def knows(self, token: str | None) -> bool:
        """Whether :meth:`who` would tell."""
        return self._found(token) is not None

    def who(self, token: str | None) -> Merchandiser:
        """Whose session it is.

        Raises:
            LoginRefusedError: there is no such session, or it has ended.
        """
        found = self._found(token)
        if found is None:
            raise LoginRefusedError("you are not signed in", "sign in again")
        return found

    def sign_out(self, token: str | None) -> None:
        """End a session, if there is one."""
        with self._guard:
            self._sessions.pop(token or "", None)

    def _found(self, token: str | None) -> Merchandiser | None:
        with self._guard:
            kept = self._sessions.get(token) if isinstance(token, str) else None
        return kept[0] if kept is not None and kept[1] > self._clock() else None

    def _refuse_guessing(self, name: str) -> None:
        with self._guard:
            failures = self._failures.get(name)
            if failures is not None and len(failures) == TRIES and self._clock() - failures[0] < TRIES_WITHIN:
                raise LoginRefusedError("too many wrong passwords for this name", "try again in a minute")

    def _hash(self, password: str) -> bytes:
        return hashlib.scrypt(password.encode("utf-8", "replace"), salt=self._salt, **_SCRYPT)


def _read(pairs: str) -> dict[str, str]:
    logins: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in pairs.split(","))):
        name, colon, password = pair.partition(":")
        if not (name.strip() and colon):
            raise SettingsError("NEO_DESK_LOGINS: a login is `name:password`", "separate several by commas")
        if name.strip() in logins:
            raise SettingsError(f"NEO_DESK_LOGINS: {name.strip()!r} comes twice")
        if len(password) < SHORTEST_PASSWORD:
            raise SettingsError(
                f"NEO_DESK_LOGINS: the password of {name.strip()!r} is too short",
                f"take at least {SHORTEST_PASSWORD} characters",
            )
        logins[name.strip()] = password
    return logins
