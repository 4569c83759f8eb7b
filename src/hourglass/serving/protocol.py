"""HTTP over connections that are closed when a request's headers do not arrive in time."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = 10.0


class ImpatientProtocol(H11Protocol):
    """uvicorn's protocol, whose own timeout starts again with every byte and does not hold for the first request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting for the first request."""
        super().connection_made(transport)
        self._expect_request()

    def on_response_complete(self) -> None:
        """Start waiting for the next request."""
        super().on_response_complete()
        self._expect_request()

    def _expect_request(self) -> None:
        self.loop.call_later(SECONDS, self._close_if_idle, self.cycle)

    def _close_if_idle(self, last: object) -> None:
        """Close the connection if the last request is still the same."""
        if self.cycle is last and not self.transport.is_closing():
            self.transport.close()
