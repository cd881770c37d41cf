"""How the user reaches packages: index addresses, certificates, proxy and time-out, as told to pip or uv.

Environment variables win over pip's configuration files, which are read from the places and in the order that pip
documents (https://pip.pypa.io/en/stable/topics/configuration/).
"""

import configparser
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from zoo.core.errors import FetchError

#: Seconds to wait for a connection, and, if the user has set no time-out, for each piece of an answer.
CONNECT_S = 10.0
READ_S = 30.0

#: Sections of pip's files that may say where packages come from; the later wins.
SECTIONS = ("global", "download", "install")

#: Variables that name the main index, the first that is set counts; pip's files come after them.
INDEX_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")

#: Variables that name a file of certificates, after pip's own setting.
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Settings:
    """How packages are reached.

    Attributes:
        indexes: addresses of simple indexes, the main one first; empty if the user has switched the index off. They
            may hold credentials: printed through `shown` only.
        ca_file: certificates to trust, or None for the default ones.
        client_cert: the user's own certificate, or None.
        proxy: for http and https, or None for what the environment says.
        timeout: seconds to wait for a connection, seconds to wait for each piece of an answer.
    """

    indexes: tuple[str, ...] = field(repr=False)
    ca_file: str | None = None
    client_cert: str | None = None
    proxy: str | None = field(default=None, repr=False)
    timeout: tuple[float, float] = (CONNECT_S, READ_S)


def shown(text: str) -> str:
    """The text with the credentials of every address in it blotted out."""
    return re.sub(r"//[^/\s]+@", "//***@", text)


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads what the user has set.

    Raises:
        FetchError: a configuration file cannot be read, or the time-out is not a number.
    """
    files = _pip_options(environ)

    def option(name: str) -> str:
        return environ.get("PIP_" + name.upper().replace("-", "_")) or files.get(name) or ""

    main = _first(environ, INDEX_VARIABLES) or files.get("index-url") or PYPI_SIMPLE_ENDPOINT
    switched_off = option("no-index").lower() in ("1", "true", "t", "yes", "y", "on")
    wait = environ.get("PIP_DEFAULT_TIMEOUT") or option("timeout") or str(READ_S)
    try:
        read_s = max(float(wait), 1.0)
    except ValueError:
        raise FetchError(
            f"pip's timeout: expected seconds, got '{wait}'. Set PIP_DEFAULT_TIMEOUT to a number."
        ) from None
    return Settings(
        indexes=() if switched_off else tuple(dict.fromkeys([_bare(main), *option("extra-index-url").split()])),
        ca_file=option("cert") or _first(environ, CA_VARIABLES),
        client_cert=option("client-cert") or None,
        proxy=option("proxy") or None,
        timeout=(CONNECT_S, read_s),
    )


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _bare(address: str) -> str:
    """Drops the name that uv allows in front of an address: `mirror=https://…`."""
    return re.sub(r"^[\w.-]+=(?=\w+://)", "", address)


def _pip_options(environ: Mapping[str, str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for file in _pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise FetchError(
                f"{file}: expected a pip configuration file, got {type(error).__name__}. Mend or remove it."
            ) from error
        for section in SECTIONS:
            if parser.has_section(section):
                options |= {key.replace("_", "-"): value.strip() for key, value in parser.items(section)}
    return options


def _pip_files(environ: Mapping[str, str]) -> list[Path]:
    """Configuration files, the strongest last: of the machine, the user, the virtual environment, one named."""
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:  # pip's way to say: no configuration files at all
        return []
    machine = platformdirs.site_config_dir("pip", appauthor=False, multipath=True).split(os.pathsep)
    user = [
        Path.home() / ("pip" if os.name == "nt" else ".pip"),
        Path.home() / ".config" / "pip",
        Path(platformdirs.user_config_dir("pip", appauthor=False, roaming=True)),
    ]
    if named and Path(named).exists():
        user = []
    folders = [*map(Path, reversed(machine)), Path("/etc"), *user, Path(sys.prefix)]
    name = "pip.ini" if os.name == "nt" else "pip.conf"
    return [folder / name for folder in folders] + ([Path(named)] if named else [])
