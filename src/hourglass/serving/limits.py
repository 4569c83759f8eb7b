"""What the server takes from clients: how much, how slowly, and what they read when it refuses."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 32 * 2**20
# For the whole of a request to arrive, and for each part of a response to be taken.
SECONDS = 30.0
# Of an error's message; MLflow's own hold what the client sent.
MOST_CHARACTERS = 500


class Limits:
    """An ASGI application around another: it reads a request's body whole, then passes it on; errors are one line.

    Refused are bodies of more than `most_bytes` (413), that take more than `seconds` (408), or that are not JSON (415).
    """

    def __init__(self, app: App, most_bytes: int = MOST_BYTES, seconds: float = SECONDS) -> None:
        self.app = app
        self.most_bytes = most_bytes
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def bounded(message: Message) -> None:
            await asyncio.wait_for(send(message), self.seconds)

        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] == "POST" and kind != "application/json":
            return await refuse(bounded, 415, f"expected Content-Type: application/json; got {kind or 'none'}")
        try:
            body = await asyncio.wait_for(self._body(headers, receive), self.seconds)
        except TimeoutError:
            return await refuse(bounded, 408, f"the request did not arrive within {self.seconds:g} seconds")
        if body is None:
            return await refuse(bounded, 413, f"the request has more than {self.most_bytes:,} bytes; send fewer images")
        return await self._pass_on(scope, body, receive, bounded)

    async def _body(self, headers: dict[str, str], receive: Receive) -> bytes | None:
        """The whole body, or None if it is too large.

        The rest of one that is too large is read and dropped: a client that is still sending would see a reset
        connection and no reason. One that asks before it sends, as curl does, gets the reason at once.
        """
        length = headers.get("content-length", "0")
        if headers.get("expect") == "100-continue" and length.isdecimal() and int(length) > self.most_bytes:
            return None
        body, large, more = bytearray(), False, True
        while more:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self.most_bytes:
                body, large = bytearray(), True
            more = message.get("more_body", False)
        return None if large else bytes(body)

    async def _pass_on(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Call the application with a body that has arrived; an error's response is replaced by one line."""
        messages = [{"type": "http.request", "body": body, "more_body": False}]
        status, parts = 200, bytearray()

        async def receive_again() -> Message:
            return messages.pop() if messages else await receive()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            parts.extend(message.get("body", b"") if status >= 400 else b"")
            if status < 400:
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                await refuse(send, status, _reason(bytes(parts)))

        await self.app(scope, receive_again, watch)


async def refuse(send: Send, status: int, reason: str) -> None:
    """Answer with a status and `{"message": reason}`; the connection is closed."""
    body = json.dumps({"message": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    start = {"type": "http.response.start", "status": status, "headers": [*headers, (b"connection", b"close")]}
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _reason(body: bytes) -> str:
    """The first line of an error's message, without what the client sent."""
    text = body.decode(errors="replace")
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if isinstance(content, dict):
        text = str(content.get("message") or content.get("detail") or "refused")
    return (text.strip().splitlines() or ["refused"])[0][:MOST_CHARACTERS]
