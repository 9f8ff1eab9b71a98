"""A stand-in for the Hugging Face Hub on this machine: it answers downloads and pushes, with faults on demand.

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
from http import HTTPStatus
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

CLOSED = "http://127.0.0.1:9"
"""No server listens at this address."""
TOKEN = "hf_may_write"


@dataclass
class HubStandIn:
    """Repositories, and their faults.

    Args:
        url: Address of the stand-in.
        commits: Files by repository and commit.
        branches: Commits by repository and branch.
        cut: By file, the numbers of bytes after which the next answers break off.
        damage: By file, the number of answers with wrong contents.
        gated: Repositories that deny access.
        down: Whether every request fails.
        requests: Method, path and range of every request.
    """

    url: str = CLOSED
    commits: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    branches: dict[str, dict[str, str]] = field(default_factory=dict)
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
        """The files of a branch."""
        return self.commits[repository][self.branches[repository][branch]]

    def fetched(self) -> list[str]:
        """The files whose contents were requested."""
        return [re.sub(".*/resolve/[^/]*/", "", path) for method, path, _ in self.requests if method == "GET"]

    def change(self, path: str, body: bytes) -> dict[str, object]:
        """The answer to a request that prepares or makes a change."""
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
    """Run the stand-in on a free port of this machine."""
    hub = HubStandIn()
    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile(".*")).respond_with_handler(lambda request: _answer(hub, request))
        hub.url = server.url_for("").rstrip("/")
        yield hub


def _answer(hub: HubStandIn, request: Request) -> Response:
    range_ = request.headers.get("Range", "")
    hub.requests.append((request.method, request.path, range_))
    if hub.down:
        return _error(503, "")
    if request.method == "POST":
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(403, "")
        return _json(hub.change(request.path, request.get_data()))
    listing = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/tree/([^/]+))?", request.path)
    file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", request.path)
    found = listing or file
    assert found, request.path
    repository, revision = found[1], found[2] or "main"
    commit = hub.branches.get(repository, {}).get(revision, revision)
    if repository not in hub.commits:
        return _error(401, "RepoNotFound")
    if repository in hub.gated:
        return _error(403, "GatedRepo")
    if commit not in hub.commits[repository]:
        return _error(404, "RevisionNotFound")
    files = hub.commits[repository][commit]
    if file and file[3] not in files:
        return _error(404, "EntryNotFound", {"X-Repo-Commit": commit})
    if file:
        return _file(hub, request, commit, file[3], files[file[3]])
    if not found[2]:
        return _json({"id": repository, "sha": commit})
    return _json([{"type": "file", "path": name, "size": len(x), "oid": etag(x)} for name, x in files.items()])


def _file(hub: HubStandIn, request: Request, commit: str, name: str, contents: bytes) -> Response:
    headers = {"ETag": f'"{etag(contents)}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
    n_bytes, start, end = len(contents), 0, len(contents)
    if found := re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", "")):
        start = int(found[1])
        headers["Content-Range"] = f"bytes {start}-{n_bytes - 1}/{n_bytes}"
    headers["Content-Length"] = str(n_bytes - start)
    if request.method == "GET":
        if hub.damage.get(name, 0) > 0:
            hub.damage[name] -= 1
            contents = bytes(n_bytes)
        if hub.cut.get(name):
            end = start + hub.cut[name].pop(0)
    return Response([contents[start:end]], 206 if found else 200, headers)


def _json(value: object) -> Response:
    return Response(json.dumps(value), content_type="application/json")


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    return Response(b"", f"{status} {HTTPStatus(status).phrase}", {"X-Error-Code": code, **(headers or {})})


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
