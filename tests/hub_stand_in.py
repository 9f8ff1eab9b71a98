"""A stand-in for the Hugging Face Hub on this machine: the requests of downloads and pushes, and faults on demand.

It answers as the Hub does: `HEAD` and `GET /owner/name/resolve/REVISION/FILE` with `ETag` and `X-Repo-Commit` and
ranges of bytes, `GET /api/models/owner/name/tree/REVISION`, and the `POST`s that make a repository, a branch and a
commit of small files, for whoever has the token `TOKEN`. A large file's ETag is its SHA-256, a small one's its git
hash; here all are small.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import pytest

CLOSED = "http://127.0.0.1:9"
"""Nothing listens here."""
TOKEN = "hf_may_write"


@dataclass
class HubStandIn:
    """Repositories, and what goes wrong with them.

    `cut` makes the next answers with that file break off after so many bytes each; `damage` answers it wrongly so many
    times; `gated` and `down` refuse. `requests` notes the method, path and range of every request.
    """

    url: str = CLOSED
    commits: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)  # repository, commit, file
    branches: dict[str, dict[str, str]] = field(default_factory=dict)  # repository, branch, commit
    cut: dict[str, list[int]] = field(default_factory=dict)
    damage: dict[str, int] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    down: bool = False
    requests: list[tuple[str, str, str]] = field(default_factory=list)

    def publish(self, folder: Path, repository: str, branch: str = "main", **others: bytes) -> str:
        """Commit a folder's files and others, and move the branch there; returns the commit."""
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return self.commit(repository, branch, files | others)

    def commit(self, repository: str, branch: str, files: dict[str, bytes]) -> str:
        """Commit these files, and move the branch there; returns the commit."""
        digest = hashlib.sha1(b"".join(name.encode() + contents for name, contents in sorted(files.items())))
        commit = digest.hexdigest()
        self.commits.setdefault(repository, {})[commit] = files
        self.branches.setdefault(repository, {})[branch] = commit
        return commit

    def files(self, repository: str, branch: str = "main") -> dict[str, bytes]:
        """What a branch holds."""
        return self.commits[repository][self.branches[repository][branch]]

    def fetched(self) -> list[str]:
        """The files whose contents were asked for."""
        return [re.sub(".*/resolve/[^/]*/", "", path) for method, path, _ in self.requests if method == "GET"]

    def change(self, path: str, body: bytes) -> dict[str, object]:
        """Answer a request that prepares or makes a change."""
        if path == "/api/repos/create":
            asked = json.loads(body)
            repository = f"{asked['organization']}/{asked['name']}"
            if repository not in self.commits:
                self.commit(repository, "main", {".gitattributes": b""})
            return {"url": f"{self.url}/{repository}"}
        if path == "/api/validate-yaml":
            return {}
        found = re.fullmatch(r"/api/models/([^/]+/[^/]+)/(branch|preupload|commit)/(.+)", path)
        assert found, path
        repository, task, branch = found.groups()
        if task == "branch":
            self.branches[repository].setdefault(branch, self.branches[repository]["main"])
            return {}
        if task == "preupload":
            asked = json.loads(body)["files"]
            return {"files": [{"path": x["path"], "uploadMode": "regular", "shouldIgnore": False} for x in asked]}
        files = dict(self.files(repository, branch))
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            elif line["key"] == "deletedFile":
                del files[line["value"]["path"]]
        commit = self.commit(repository, branch, files)
        return {"commitUrl": f"{self.url}/{repository}/commit/{commit}", "commitOid": commit}


def etag(contents: bytes) -> str:
    """A file's git hash."""
    return hashlib.sha1(b"blob %d\0" % len(contents) + contents).hexdigest()


@contextmanager
def serving() -> Iterator[HubStandIn]:
    """The stand-in, answering on a free port of this machine."""
    hub = HubStandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            path, body = unquote(urlsplit(self.path).path), self.rfile.read(int(self.headers["Content-Length"]))
            hub.requests.append(("POST", path, ""))
            if hub.down:
                self._refuse(503, "")
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._refuse(403, "")
            else:
                self._send(json.dumps(hub.change(path, body)).encode(), {"Content-Type": "application/json"})

        def _answer(self) -> None:
            path, range_ = unquote(urlsplit(self.path).path), self.headers.get("Range", "")
            hub.requests.append((self.command, path, range_))
            tree = re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/([^/]+)", path)
            file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
            facts = re.fullmatch(r"/api/models/([^/]+/[^/]+)", path)
            found = tree or file or facts
            assert found, path
            repository, revision = found[1], "main" if facts else found[2]
            commit = hub.branches.get(repository, {}).get(revision, revision)
            if hub.down:
                self._refuse(503, "")
            elif repository not in hub.commits:
                self._refuse(401, "RepoNotFound")
            elif repository in hub.gated:
                self._refuse(403, "GatedRepo")
            elif commit not in hub.commits[repository]:
                self._refuse(404, "RevisionNotFound")
            elif facts:
                self._send(json.dumps({"id": repository, "sha": commit}).encode(), {"Content-Type": "application/json"})
            elif tree:
                files = hub.commits[repository][commit].items()
                rows = [{"type": "file", "path": name, "size": len(x), "oid": etag(x)} for name, x in files]
                self._send(json.dumps(rows).encode(), {"Content-Type": "application/json"})
            elif found[3] not in hub.commits[repository][commit]:
                self._refuse(404, "EntryNotFound", {"X-Repo-Commit": commit})
            else:
                self._send_file(found[3], commit, hub.commits[repository][commit][found[3]], range_)

        def _send_file(self, name: str, commit: str, contents: bytes, range_: str) -> None:
            headers = {"ETag": f'"{etag(contents)}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
            n_bytes, start = len(contents), 0
            if range_:
                start = int(re.fullmatch(r"bytes=(\d+)-", range_)[1])  # type: ignore[index]
                headers["Content-Range"] = f"bytes {start}-{n_bytes - 1}/{n_bytes}"
            if self.command == "GET" and hub.damage.get(name, 0) > 0:
                hub.damage[name] -= 1
                contents = bytes(n_bytes)
            cut = hub.cut[name].pop(0) if self.command == "GET" and hub.cut.get(name) else None
            self._send(contents[start:], headers, 206 if range_ else 200, cut)

        def _send(self, contents: bytes, headers: dict[str, str], status: int = 200, cut: int | None = None) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(contents))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(contents[:cut])
            self.close_connection = cut is not None

        def _refuse(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
            self._send(b"", {"X-Error-Code": code, **(headers or {})}, status)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def point_at(
    patch: pytest.MonkeyPatch, url: str, home: Path, *, offline: bool = False, token: str | None = None
) -> None:
    """Make huggingface_hub ask that address, with that token or none, and keep its cache below that folder."""
    from huggingface_hub import constants

    patch.delenv("HF_TOKEN", raising=False)
    if token is not None:
        patch.setenv("HF_TOKEN", token)
    patch.setattr(constants, "ENDPOINT", url)
    patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
    patch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    patch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    patch.setattr(constants, "HF_HUB_OFFLINE", offline)
    patch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
