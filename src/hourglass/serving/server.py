"""MLflow's scoring server on loopback, with one detector."""

import socket
from contextlib import suppress
from pathlib import Path

import torch
import uvicorn
from mlflow.pyfunc import PyFuncModel, scoring_server
from starlette.requests import Request
from starlette.responses import JSONResponse

from hourglass.core.errors import HourglassError
from hourglass.serving.limits import App, Limits
from hourglass.serving.protocol import ImpatientProtocol
from hourglass.tracking.logged_model import unlogged
from hourglass.tracking.registered import Registered, load

HOST = "127.0.0.1"
# Connections at a time; more get 503. Each may hold a body in memory.
CONNECTIONS = 32

READY = """\
{name} is served at http://{host}:{port} (Ctrl-C stops it). To score an image file:
echo "{{\\"inputs\\": [\\"$(base64 < IMAGE.png | tr -d '\\n')\\"]}}" |
  curl --silent --data @- --header 'Content-Type: application/json' http://{host}:{port}/invocations"""


def serve(model: Path | Registered, port: int, on: torch.device) -> None:
    """Serve a detector, of a file or registered, which computes on a device, until interrupted.

    Raises:
        HourglassError: the port is taken, or the model cannot be loaded, or casts what clients send.
    """
    with _listening(port) as listener:
        app = application(unlogged(model, on) if isinstance(model, Path) else _registered(model, on))
        name = model if isinstance(model, Path) else model.name
        print(READY.format(name=name, host=HOST, port=port), flush=True)
        config = uvicorn.Config(
            app, http=ImpatientProtocol, ws="none", log_level="warning", limit_concurrency=CONNECTIONS
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _registered(model: Registered, on: torch.device) -> PyFuncModel:
    """The model with the code that it was registered with, which must be strict about what it takes."""
    loaded = load(model, on)
    if not loaded.metadata._is_signature_from_type_hint():
        raise HourglassError(
            f"{model.name} was published by an earlier version of this project, whose models take pixels in 0..1 for "
            "black; name a variant with --model, or promote one"
        )
    return loaded


def application(model: PyFuncModel) -> App:
    """MLflow's scoring server around a model, within our limits."""
    app = scoring_server.init(model)
    for error in (RecursionError, ValueError):
        app.add_exception_handler(error, _not_readable)
    return Limits(app)


async def _not_readable(request: Request, error: Exception) -> JSONResponse:
    """JSON that Python does not read: too deep, or with a number of thousands of digits."""
    reason = "nested too deeply" if isinstance(error, RecursionError) else str(error).partition(";")[0]
    return JSONResponse({"message": f"the JSON cannot be read: {reason}"}, 400)


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise HourglassError(f"port {port} cannot be used ({error.strerror}); name another with --port") from None
