"""Who a browser is, without a login: a key that the server makes, signs and keeps nowhere but with the shopper's data.

The browser holds the signed key (``KEY.SIGNATURE``) and sends it along; a key without the server's signature is
nobody's, so neither another shopper's name nor one that was imported with the shop's history can be claimed. The
signature is made with a secret that survives restarts: the setting ``NEO_SECRET``, or else a file beside the database
that is made once and that only its owner can read.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from neo_assistant.errors import SettingsError
from neo_assistant.settings import Settings

_KEY_BYTES = 18
_SECRET_BYTES = 32
_PREFIX = "web-"
_OWNER_ONLY = 0o600


class Identities:
    """Makes and checks signed shopper keys.

    Args:
        secret: the server's; whoever has it can be anybody.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @property
    def storage_secret(self) -> str:
        """What a page obscures the browser's storage with. It is sent to every browser, so it tells nothing of ours."""
        return self._mac("browser storage")[:32]

    def new_key(self) -> str:
        """The key of a shopper who has not been here before; nobody can guess it."""
        return _PREFIX + secrets.token_urlsafe(_KEY_BYTES)

    def signed(self, key: str) -> str:
        """What the browser gets to keep."""
        return f"{key}.{self._mac(f'shopper {key}')}"

    def key_of(self, signed: object) -> str | None:
        """The key if this server has signed it, else None; any value may be asked for."""
        if not isinstance(signed, str):
            return None
        key, dot, signature = signed.rpartition(".")
        expected = self._mac(f"shopper {key}")
        genuine = hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode())
        return key if dot and key.startswith(_PREFIX) and genuine else None

    def _mac(self, text: str) -> str:
        return hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def load_secret(settings: Settings) -> bytes:
    """The setting, or the file, which is made if it is not there.

    Raises:
        SettingsError: the file can neither be read nor made, or holds too little.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    path = settings.secret_file
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}", "set NEO_SECRET instead") from error
    try:
        _make(path)
        return _read(path)
    except OSError as error:
        raise SettingsError(f"cannot make {path}: {error.strerror}", "set NEO_SECRET instead") from error


def _read(path: Path) -> bytes:
    secret = path.read_bytes()
    if len(secret) < _SECRET_BYTES:
        raise SettingsError(f"{path} does not hold a secret", "delete it; another one is made")
    return secret


def _make(path: Path) -> None:
    """Write a new secret whole or not at all; if somebody else is quicker, theirs counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(_SECRET_BYTES).encode())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
