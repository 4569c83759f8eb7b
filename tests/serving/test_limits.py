import json
from typing import Any

import pytest

from hourglass.serving.limits import Limits, Receive, Scope, Send
from tests.serving.asgi import JSON, call


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body that arrives."""
    message = await receive()
    assert not message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


def failing(status: int, body: bytes) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body[:5], "more_body": True})
        await send({"type": "http.response.body", "body": body[5:]})

    return app


def test_a_request_within_the_limits_passes_unchanged() -> None:
    response = call(Limits(echo, most_bytes=6), [b"abc", b"def"])
    assert (response.status, response.body) == (200, b"abcdef")


def test_more_bytes_than_the_limit_are_413() -> None:
    response = call(Limits(echo, most_bytes=5), [b"abc", b"def"])
    assert (response.status, response.message) == (413, "the request has more than 5 bytes; send fewer images")
    assert response.headers["connection"] == "close"


def test_a_client_that_asks_first_gets_413_at_once() -> None:
    asking = (*JSON, ("content-length", "6"), ("expect", "100-continue"))
    response = call(Limits(echo, most_bytes=5, seconds=5), [b""], asking, pause=4)
    assert response.status == 413


def test_a_slow_body_is_408() -> None:
    response = call(Limits(echo, seconds=0.2), [b"a"] * 20, pause=0.05)
    assert (response.status, response.message) == (408, "the request did not arrive within 0.2 seconds")


@pytest.mark.parametrize("headers", [(), (("content-type", "text/csv"),)])
def test_another_content_type_is_415(headers: tuple[tuple[str, str], ...]) -> None:
    response = call(Limits(echo), [b"a"], headers)
    assert response.status == 415
    assert response.message.startswith("expected Content-Type: application/json; got ")


def test_get_needs_no_content_type() -> None:
    assert call(Limits(echo), [], (), path="/ping", method="GET").status == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (json.dumps({"message": "bad\nInput: " + 9999 * "x", "stack_trace": "..."}).encode(), "bad"),
        (json.dumps({"message": 9999 * "x"}).encode(), 500 * "x"),
        (json.dumps({"detail": "Not Found"}).encode(), "Not Found"),
        (b"plain text\nmore", "plain text"),
        (b"", "refused"),
        (b"[1, 2]", "[1, 2]"),
    ],
)
def test_errors_are_one_short_line(body: bytes, message: str) -> None:
    response = call(Limits(failing(400, body)), [b"a"])
    assert (response.status, json.loads(response.body)) == (400, {"message": message})
