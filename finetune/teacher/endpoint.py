"""A client of any endpoint that speaks OpenAI's chat completions: paced, with a time limit and retries."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr

from finetune.errors import TeacherError

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same request may succeed later."""
MOST_TOKENS = 220
LONGEST_WAIT_S = 60.0


@dataclass
class Endpoint:
    """One model behind one address.

    Args:
        url: up to and with the version, such as ``http://127.0.0.1:8000/v1``.
        model: as the endpoint names it.
        key: sent as a bearer token; never printed.
        per_minute: most requests a minute.
        timeout_s: seconds that one request may take.
        tries: how often a request is sent before it is given up.
        sleep: how to wait, in seconds.
        clock: seconds that only grow.
    """

    url: str
    model: str
    key: SecretStr | None = None
    per_minute: float = 60.0
    timeout_s: float = 60.0
    tries: int = 6
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _next: float = field(default=0.0, init=False)
    _dice: random.Random = field(default_factory=lambda: random.Random(0), init=False)

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise TeacherError(f"{self.url!r} is no address", "give one such as http://127.0.0.1:8000/v1")
        if self.per_minute <= 0 or self.timeout_s <= 0 or self.tries < 1:
            raise TeacherError("requests a minute, seconds and tries must be above 0")

    def complete(self, messages: Sequence[dict[str, str]]) -> str:
        """The model's answer to a conversation.

        Raises:
            TeacherError: if it refuses the request, cannot be reached, or does not answer as it should.
        """
        import httpx

        headers = {"Authorization": f"Bearer {self.key.get_secret_value()}"} if self.key else {}
        body = {"model": self.model, "messages": list(messages), "temperature": 0.7, "max_tokens": MOST_TOKENS}
        problem = ""
        for attempt in range(self.tries):
            self._pace()
            wait = min(LONGEST_WAIT_S, 2.0**attempt * self._dice.uniform(0.75, 1.25))
            try:
                answer = httpx.post(
                    f"{self.url.rstrip('/')}/chat/completions", json=body, headers=headers, timeout=self.timeout_s
                )
            except httpx.InvalidURL as error:
                raise TeacherError(f"{self.url!r} is no address: {error}") from error
            except httpx.HTTPError as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                if answer.status_code == 200:
                    return self._text(answer)
                problem = f"status {answer.status_code}: {self._without_key(answer.text)[:200]!r}"
                if answer.status_code not in _AGAIN:
                    raise TeacherError(f"the teacher refused the request: {problem}", self._hint(answer.status_code))
                wait = _asked_wait(answer.headers.get("retry-after", "")) or wait
            if attempt + 1 < self.tries:
                self.sleep(wait)
        raise TeacherError(
            f"the teacher did not answer after {self.tries} tries: {problem}",
            "start the same command again later: what is written is kept",
        )

    def _pace(self) -> None:
        """Wait until the next request may be sent."""
        now = self.clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 60.0 / self.per_minute

    def _text(self, answer: object) -> str:
        try:
            text = answer.json()["choices"][0]["message"]["content"]  # type: ignore[attr-defined]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise TeacherError(
                f"the endpoint does not answer as OpenAI's chat completions do: {type(error).__name__} {error}",
                "is --endpoint the address up to /v1?",
            ) from error
        return text if isinstance(text, str) else ""

    def _without_key(self, text: str) -> str:
        """The text of a refusal, in which some endpoints repeat the key."""
        key = self.key.get_secret_value() if self.key else ""
        return text.replace(key, "…") if key else text

    def _hint(self, status: int) -> str:
        if status in (401, 403):
            return "set NEO_TEACHER_KEY to a key that this endpoint accepts"
        return "check --endpoint and --model" if status in (400, 404, 422) else ""


def _asked_wait(value: str) -> float | None:
    """Seconds that the endpoint asks to wait, bounded; None if it does not say so in seconds."""
    try:
        return min(LONGEST_WAIT_S, max(0.0, float(value)))
    except ValueError:
        return None
