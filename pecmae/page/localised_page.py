"""Serve Gradio's page in the visitor's language.

Gradio always says that its page is English, and chooses the language of its own components from `navigator.language`.
Both must be right before its scripts run.
"""

import re

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pecmae.page.languages import chosen_language

_SCRIPT = (
    "<script>{ const value = document.documentElement.lang; "
    'Object.defineProperty(navigator, "language", { value }); '
    'Object.defineProperty(navigator, "languages", { value: [value] }); }</script>'
)


def in_language(page: bytes, language: str) -> bytes:
    """Gradio's page with the language in `<html lang>`, and with a script that makes its components follow."""
    page = re.sub(rb'(<html\s+lang=")[\w-]+(")', rb"\g<1>" + language.encode() + rb"\g<2>", page, count=1)
    return page.replace(b"<head>", b"<head>" + _SCRIPT.encode(), 1)


class LocalisedPage:
    """Passes on everything, and changes only the page itself.

    Args:
        app: Gradio's application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].removeprefix(scope["root_path"]) != "/":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        language = chosen_language(request.query_params, request.headers)
        start: Message = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            page = in_language(body, language)
            headers = MutableHeaders(raw=start["headers"])
            headers["Content-Length"] = str(len(page))
            headers["Content-Language"] = language
            headers.add_vary_header("Accept-Language")
            await send(start)
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, collect)
