"""Downloads one file over HTTP: retries transient failures, and accepts only the expected digest."""

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
from zoo.data.pipconfig import Settings, redacted
from zoo.data.sources import Pinned

#: Seconds to wait before the second and the third attempt.
PAUSES_S = (0.5, 2.0)

#: HTTP statuses of failures that may pass in a moment.
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})

#: Bytes in the unit of the progress bar.
MB = 1e6

T = TypeVar("T")


class Unavailable(FetchError):
    """One source does not provide the file; another one may."""


class Truncated(Exception):
    """The response ended too early."""


def open_session(settings: Settings) -> requests.Session:
    """A session with the user's certificates and proxy.

    Raises:
        FetchError: a certificate file does not exist.
    """
    session = requests.Session()
    session.headers["User-Agent"] = f"sequence-zoo {session.headers['User-Agent']}"
    for path in (settings.ca_file, settings.client_cert):
        if path and not Path(path).exists():
            raise FetchError(f"{path}: expected a file of certificates, found none. Correct PIP_CERT or pip's 'cert'.")
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
    """Downloads the file at `url` to the start of `out`.

    Raises:
        Unavailable: the download fails, or its content is not `file`. The content of `out` is then useless.
    """

    def attempt() -> str:
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
            raise Truncated(f"expected {file.size:,} bytes, got {size:,}")
        return digest.hexdigest()

    sha256 = retrying(attempt)
    if sha256 != file.sha256:
        raise Unavailable(f"expected {file.name} with sha256 {file.sha256}, got {sha256}")


def download_within(
    session: requests.Session, url: str, name: str, most: int, out: IO[bytes], settings: Settings, progress: Progress
) -> None:
    """Downloads a file of unknown digest to the start of `out`; the caller must verify what it extracts.

    Raises:
        Unavailable: the download fails, or is longer than `most` bytes.
    """

    def attempt() -> None:
        out.seek(0)
        out.truncate()
        with progress.bar(f"Downloading {name}", None, "MB") as advance:
            for chunk in _chunks(session, url, settings):
                out.write(chunk)
                if out.tell() > most:
                    raise Unavailable(f"expected at most {most:,} bytes, got more")
                advance(len(chunk) / MB)

    retrying(attempt)


def _chunks(session: requests.Session, url: str, settings: Settings) -> Iterator[bytes]:
    """The file's bytes without decoding: some servers declare a .tar.gz as a gzip content encoding."""
    with session.get(url, stream=True, timeout=settings.timeout, headers={"Accept-Encoding": "identity"}) as response:
        response.raise_for_status()
        yield from response.raw.stream(CHUNK, decode_content=False)


def retrying(step: Callable[[], T]) -> T:
    """Runs a network step, up to three times while its failures are transient.

    Raises:
        Unavailable: the step failed; states the reason briefly.
    """
    for pause in (*PAUSES_S, None):
        try:
            return step()
        except (requests.RequestException, urllib3.exceptions.HTTPError, Truncated) as error:
            if pause is None or not _is_transient(error):
                raise Unavailable(_reason(error)) from error
            time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def _is_transient(error: Exception) -> bool:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return error.response.status_code in TRANSIENT
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.InvalidSchema):
        return False
    network_errors = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    return isinstance(error, (*network_errors, urllib3.exceptions.HTTPError, Truncated))


def _reason(error: Exception) -> str:
    """Why the step failed, in words that a user can act on."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code} {error.response.reason}"
    causes = list(_causes(error))
    if isinstance(error, requests.exceptions.SSLError):
        return f"the connection is not trusted ({redacted(str(causes[-1]))}); set PIP_CERT to your certificates"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy cannot be reached"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "no response before the time-out"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "its host name cannot be resolved"
    if any(isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED for cause in causes):
        return "connection refused"
    if isinstance(error, Truncated):
        return str(error)
    if isinstance(error, urllib3.exceptions.HTTPError | requests.ConnectionError):
        return f"the connection was interrupted ({type(causes[-1]).__name__})"
    return redacted(str(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
