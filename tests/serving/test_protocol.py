"""Slow clients on real connections."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from hourglass.serving import protocol
from hourglass.serving.limits import Receive, Scope, Send
from hourglass.serving.protocol import ImpatientProtocol

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
SECONDS = 0.5


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(protocol, "SECONDS", SECONDS)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(hello, http=ImpatientProtocol, ws="none", lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


def closed_after(connection: socket.socket, drip: bytes) -> float:
    """Seconds until the server closes, while one byte after the other is sent."""
    started = time.monotonic()
    connection.settimeout(0.05)
    for number in range(400):
        try:
            connection.sendall(drip[number : number + 1])
            if not connection.recv(1000):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - started


@pytest.mark.parametrize("drip", [b"", REQUEST[:-4] + b"\r\nX: " + b"x" * 1000], ids=["silent", "dripping"])
def test_headers_that_do_not_arrive_close_the_connection(port: int, drip: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        assert SECONDS / 2 < closed_after(connection, drip) < 15


def test_a_second_request_is_waited_for_as_the_first(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(2):
            connection.sendall(REQUEST)
            answer = b""
            while not answer.endswith(b"hello"):
                answer += connection.recv(1000)
            assert answer.startswith(b"HTTP/1.1 200")
        assert closed_after(connection, REQUEST[:-4] + b"\r\nX: " + b"x" * 1000) < 15
