"""The functions of `endpoints` as tools of the Model Context Protocol, at `/gradio_api/mcp/`.

Gradio's own MCP server isn't used. It connects to the address that the request's Host header names, and it makes the
server download any address that a caller gives as a file. Here, a tool calls its function directly.

The transport is stateless streamable HTTP: every request is a POST that is answered with JSON.
"""

import base64
import inspect
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from anyio import to_thread
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import AudioContent, CallToolResult, TextContent, Tool
from pydantic import TypeAdapter, ValidationError, validate_call
from starlette.types import Receive, Scope, Send

from pecmae import __version__
from pecmae.errors import PecmaeError, first_fault
from pecmae.server.endpoints import Endpoints
from pecmae.server.http_errors import UNEXPECTED, error_response
from pecmae.server.service import ExplainerService

_log = logging.getLogger(__name__)
MCP_PATHS = ("/gradio_api/mcp", "/gradio_api/mcp/")
MAX_MESSAGE_BYTES = 2**22
"""Largest message. Larger clips are uploaded to /gradio_api/upload first."""


class McpEndpoint:
    """The ASGI application that answers MCP requests.

    Args:
        service: Loads bundles and explains.
    """

    def __init__(self, service: ExplainerService) -> None:
        self._server = create_mcp_server(service)
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer requests inside this context."""
        manager = StreamableHTTPSessionManager(
            self._server, json_response=True, stateless=True, max_request_body_size=MAX_MESSAGE_BYTES
        )
        async with manager.run():
            self._manager = manager
            yield
        self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "POST" or self._manager is None:
            sentence = "MCP is answered here; send its messages with POST."
            await error_response(405, "wrong_method", sentence, {"Allow": "POST"})(scope, receive, send)
            return
        await self._manager.handle_request(scope, receive, send)


def create_mcp_server(service: ExplainerService) -> Server[Any, Any]:
    """Build the server with its tools.

    Args:
        service: Loads bundles and explains.

    Returns:
        The server, which no transport serves yet.
    """
    endpoints = Endpoints(service)

    functions: tuple[Callable[..., Any], ...] = (
        endpoints.explain,
        endpoints.list_bundles,
        endpoints.list_prototypes,
        endpoints.sonify,
        endpoints.tags,
    )
    tools = {function.__name__: function for function in functions}
    schemas = {
        name: TypeAdapter(function).json_schema()  # type: ignore[arg-type]  # pydantic takes functions too
        for name, function in tools.items()
    }
    server: Server[Any, Any] = Server("PECMAE Explorer", version=__version__)

    @server.list_tools()  # type: ignore[no-untyped-call, untyped-decorator]
    async def list_tools() -> list[Tool]:
        return [
            Tool(name=name, description=inspect.getdoc(function), inputSchema=schemas[name])
            for name, function in tools.items()
        ]

    @server.call_tool(validate_input=False)  # type: ignore[untyped-decorator]
    async def call_tool(name: str, arguments: dict[str, Any]) -> CallToolResult:
        if name not in tools:
            return _failure(f"There is no tool {name!r}; the known ones are: {', '.join(tools)}.")
        try:
            return _result(await to_thread.run_sync(partial(validate_call(tools[name]), **arguments)))
        except PecmaeError as error:
            return _failure(error.message)
        except ValidationError as error:
            return _failure(f"The arguments of {name!r} aren't valid: {first_fault(error)}.")
        except Exception:  # its text could tell a stranger about the server
            _log.exception("The tool %s failed", name)
            return _failure(UNEXPECTED)

    return server


def _result(value: dict[str, Any] | bytes) -> CallToolResult:
    if isinstance(value, bytes):
        sound = AudioContent(type="audio", data=base64.b64encode(value).decode(), mimeType="audio/wav")
        return CallToolResult(content=[sound])
    return CallToolResult(content=[TextContent(type="text", text=json.dumps(value))], structuredContent=value)


def _failure(sentence: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=sentence)], isError=True)
