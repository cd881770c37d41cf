"""A package index and a publisher on 127.0.0.1, a small made-up data set, and a user without other settings."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from zoo.data import download
from zoo.data.records import TextSet
from zoo.data.sources import SOURCES, Artefact, Pinned, Publisher, Source

Answer = Callable[[BaseHTTPRequestHandler], None]

CONTENT = b"0.1,0.2,0.3\n" * 2000


def body(content: bytes, kind: str = "application/octet-stream", status: int = 200, **headers: str) -> Answer:
    """A response with these bytes."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **extra}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    return answer


def cut(content: bytes) -> Answer:
    """A response that announces all the bytes and ends half way."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content[: len(content) // 2])

    return answer


def in_turn(*answers: Answer) -> Answer:
    """One response after the other, then always the last one."""
    remaining = list(answers)
    return lambda request: (remaining.pop(0) if len(remaining) > 1 else remaining[0])(request)


@dataclass
class Site:
    """A small web server: the response for each path, and the requests received (path, headers)."""

    body = staticmethod(body)
    cut = staticmethod(cut)
    in_turn = staticmethod(in_turn)

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]


@contextmanager
def serving() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            site.answers.get(self.path, body(b"not here", "text/plain", 404))(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def other_site() -> Iterator[Site]:
    with serving() as site:
        yield site


def pinned(name: str, content: bytes) -> Pinned:
    return Pinned(name, hashlib.sha256(content).hexdigest(), len(content))


def sdist(member: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in (("toy-1.0/setup.py", b"raise SystemExit('run!')"), (member, content)):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def wheel(member: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member, content)
    return out.getvalue()


@dataclass
class Toy:
    """A made-up data set on a made-up index and publisher; change `source` and call `register` again."""

    pinned = staticmethod(pinned)
    sdist = staticmethod(sdist)
    wheel = staticmethod(wheel)
    content = CONTENT

    site: Site
    package: bytes
    source: Source
    cache: Path
    publishes: bytes

    def register(self, **changes: object) -> None:
        self.source = replace(self.source, **changes)  # type: ignore[arg-type]
        SOURCES["toy"] = self.source

    def page(self, *links: tuple[str, str], as_json: bool = False) -> Answer:
        """The index's page for the package, as HTML or JSON."""
        if as_json:
            files = [{"filename": name, "url": url, "hashes": {}} for name, url in links]
            page = {"meta": {"api-version": "1.0"}, "name": "toy", "files": files}
            return body(json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json")
        html = "".join(f'<a href="{url}">{name}</a>' for name, url in links)
        return body(f"<!DOCTYPE html><html><body>{html}</body></html>".encode(), "text/html")

    def cached(self) -> list[str]:
        """All files in the cache."""
        return sorted(str(path.relative_to(self.cache)) for path in self.cache.rglob("*") if path.is_file())


@pytest.fixture
def plain_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Sets an empty cache and clears every other setting; returns the cache."""
    names = ("PIP_", "UV_", "ZOO_", "http", "HTTP", "ALL_PROXY", "all_proxy", "REQUESTS_CA", "CURL_CA", "SSL_CERT")
    for name in list(os.environ):
        if name.startswith(names):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "PAUSES_S", (0.0, 0.0))
    return tmp_path / "cache"


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, site: Site, plain_user: Path) -> Toy:
    """A data set that the index offers as a source archive; register the publisher's file in `site.answers`."""
    package = sdist("toy-1.0/data/toy.csv", CONTENT)
    publishes = gzip.compress(CONTENT, mtime=0)
    source = Source(
        name="toy",
        records=TextSet,
        title="made up",
        licence="CC0",
        cite="",
        url="",
        file=pinned("toy.csv", CONTENT),
        load=lambda path, about, progress: pytest.fail("nothing is loaded here"),
        labels=(),
        artefact=Artefact("toy", "1.0", pinned("toy-1.0.tar.gz", package), "toy-1.0/data/toy.csv"),
        publisher=Publisher(f"{site.url}/toy.csv.gz", pinned("toy.csv.gz", publishes)),
    )
    monkeypatch.setitem(SOURCES, "toy", source)
    monkeypatch.setenv("PIP_INDEX_URL", f"{site.url}/simple")
    toy = Toy(site, package, source, plain_user, publishes)
    site.answers["/simple/toy/"] = toy.page(
        ("toy-0.9.tar.gz", "../../f/old"), ("toy-1.0.tar.gz", "../../f/toy-1.0.tar.gz")
    )
    site.answers["/f/toy-1.0.tar.gz"] = body(package)
    return toy


@dataclass
class ProgressLog:
    """Records progress: the notes, and the amount that each bar reached."""

    notes: list[str] = field(default_factory=list)
    bars: dict[str, float] = field(default_factory=dict)
    totals: dict[str, float | None] = field(default_factory=dict)

    def note(self, text: str) -> None:
        self.notes.append(text)

    @contextmanager
    def bar(self, description: str, total: float | None, unit: str) -> Iterator[Callable[[float], None]]:
        self.bars[description] = 0.0
        self.totals[description] = total

        def advance(amount: float) -> None:
            self.bars[description] += amount

        yield advance


@pytest.fixture
def progress() -> ProgressLog:
    return ProgressLog()
