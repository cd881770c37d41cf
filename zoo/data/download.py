"""One file over HTTP: tried again when the line breaks, and accepted only with the expected digest."""

import errno
import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeVar

import requests
import urllib3

from zoo.core.atomic import CHUNK
from zoo.core.errors import FetchError
from zoo.core.progress import Progress
from zoo.data.pipconfig import Settings, shown
from zoo.data.sources import Pinned

#: Seconds to wait before the second and the third try.
PAUSES_S = (0.5, 2.0)

#: Answers of servers that may be well again in a moment.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})

#: Bytes in the unit of the bar.
MB = 1e6

T = TypeVar("T")


class Unavailable(FetchError):
    """This way to a file does not lead there; another may."""


class BrokenOff(Exception):
    """The answer ended too early."""


def open_session(settings: Settings) -> requests.Session:
    """A session with the user's certificates and proxy.

    Raises:
        FetchError: a file of certificates is not there.
    """
    session = requests.Session()
    session.headers["User-Agent"] = f"sequence-zoo {session.headers['User-Agent']}"
    for path in (settings.ca_file, settings.client_cert):
        if path and not Path(path).exists():
            raise FetchError(f"{path}: expected certificates, got no such file. Correct PIP_CERT or pip's 'cert'.")
    if settings.ca_file:
        session.verify = settings.ca_file
    if settings.client_cert:
        session.cert = settings.client_cert
    if settings.proxy:
        session.proxies = {"http": settings.proxy, "https": settings.proxy}
    return session


def download(
    session: requests.Session, url: str, file: Pinned, out: IO[bytes], settings: Settings, progress: Progress
) -> None:
    """Writes the file behind an address to `out`, from its start.

    Raises:
        Unavailable: it cannot be had, or is not the file that was expected. What `out` holds then is of no use.
    """

    def once() -> str:
        out.seek(0)
        out.truncate()
        with progress.bar(f"Downloading {file.name}", file.size / MB, "MB") as advance:
            digest, size = hashlib.sha256(), 0
            for chunk in _chunks(session, url, settings):
                size += len(chunk)
                if size > file.size:
                    raise Unavailable(f"expected {file.size:,} bytes, got more")
                out.write(chunk)
                digest.update(chunk)
                advance(len(chunk) / MB)
        if size < file.size:
            raise BrokenOff(f"expected {file.size:,} bytes, got {size:,}")
        return digest.hexdigest()

    got = retrying(once)
    if got != file.sha256:
        raise Unavailable(f"expected {file.name} with sha256 {file.sha256}, got {got}")


def download_within(
    session: requests.Session, url: str, name: str, most: int, out: IO[bytes], settings: Settings, progress: Progress
) -> None:
    """Writes a file whose digest is not known to `out`, from its start: what is taken out of it must be checked.

    Raises:
        Unavailable: it cannot be had, or is longer than `most` bytes.
    """

    def once() -> None:
        out.seek(0)
        out.truncate()
        with progress.bar(f"Downloading {name}", None, "MB") as advance:
            for chunk in _chunks(session, url, settings):
                out.write(chunk)
                if out.tell() > most:
                    raise Unavailable(f"expected at most {most:,} bytes, got more")
                advance(len(chunk) / MB)

    retrying(once)


def _chunks(session: requests.Session, url: str, settings: Settings) -> Iterator[bytes]:
    """The bytes as they lie on the server: a server that calls an archive an encoding is not to unpack it for us."""
    with session.get(url, stream=True, timeout=settings.timeout, headers={"Accept-Encoding": "identity"}) as answer:
        answer.raise_for_status()
        yield from answer.raw.stream(CHUNK, decode_content=False)


def retrying(step: Callable[[], T]) -> T:
    """Does a step that uses the network, up to three times if the line is at fault.

    Raises:
        Unavailable: it did not work; says why in a few words.
    """
    for pause in (*PAUSES_S, None):
        try:
            return step()
        except (requests.RequestException, urllib3.exceptions.HTTPError, BrokenOff) as error:
            if pause is None or not _may_pass(error):
                raise Unavailable(_reason(error)) from error
            time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def _may_pass(error: Exception) -> bool:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return error.response.status_code in PASSING
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.InvalidSchema):
        return False
    broken = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    return isinstance(error, (*broken, urllib3.exceptions.HTTPError, BrokenOff))


def _reason(error: Exception) -> str:
    """Why it did not work, in words that a user can act on."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code} {error.response.reason}"
    causes = list(_causes(error))
    if isinstance(error, requests.exceptions.SSLError):
        return f"no trusted connection ({shown(str(causes[-1]))}); name your certificates in PIP_CERT"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy cannot be reached"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "its host name is not known here"
    if any(isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED for cause in causes):
        return "connection refused"
    if isinstance(error, BrokenOff):
        return str(error)
    if isinstance(error, urllib3.exceptions.HTTPError | requests.ConnectionError):
        return f"the connection broke off ({type(causes[-1]).__name__})"
    return shown(str(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
