"""A teacher on this machine: an HTTP server that answers chat completions by a function of the prompt."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = str | tuple[int, dict[str, str], str]
"""The text of a completion; or status, headers and body as they are."""


class Stub:
    """What the server was sent, and how it answers."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self.answer = answer
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = ""


@contextmanager
def serving(answer: Callable[[str], Answer]) -> Iterator[Stub]:
    """A stub on a free port while the block lasts."""
    stub = Stub(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stub.requests.append(body)
            stub.keys.append(self.headers.get("Authorization"))
            given = stub.answer(body["messages"][-1]["content"])
            if isinstance(given, str):
                given = 200, {}, json.dumps({"choices": [{"message": {"role": "assistant", "content": given}}]})
            status, headers, text = given
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def truthful(prompt: str) -> str:
    """An answer that the rows of the prompt bear out."""
    colours = re.findall(r"colour: (\w+)", prompt)
    numbers = re.findall(r"^\[(\d)\]", prompt, re.M)
    if "Recommend the numbered" in prompt:
        named = " and ".join(f"[{number}]" for number in numbers)
        return f"You looked at something {colours[0]} by Northfell, so {named} may suit you."
    if "Compare the numbered" in prompt:
        words = ("first", "second", "third")
        return (
            "; ".join(f"the {words[int(n) - 1]} is {c}" for n, c in zip(numbers, colours, strict=True)).capitalize()
            + "."
        )
    return f"You look at things by Northfell, and at least one of them is {colours[0]}."
