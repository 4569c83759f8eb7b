"""An ASGI application called without a network."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from hourglass.serving.limits import App, Message, Scope

JSON = (("content-type", "application/json"),)


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> str:
        """What an error says."""
        return str(json.loads(self.body)["message"])


def call(
    app: App,
    parts: list[bytes],
    headers: tuple[tuple[str, str], ...] = JSON,
    path: str = "/invocations",
    method: str = "POST",
    pause: float = 0,
) -> Response:
    """Send a request whose body comes in parts, `pause` seconds before each."""
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(pause)
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    fields: dict[str, Any] = {"method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    fields |= {"headers": [(name.encode(), value.encode()) for name, value in headers], "root_path": ""}
    scope: Scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", **fields}

    async def served() -> None:
        await app(scope, receive, send)

    asyncio.run(served())
    sent_headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Response(sent[0]["status"], sent_headers, b"".join(message.get("body", b"") for message in sent))


def posted(app: App, content: Any) -> Response:
    """Send JSON."""
    return call(app, [json.dumps(content).encode()])
