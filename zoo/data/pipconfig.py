"""How the user reaches packages: index addresses, certificates, proxy and time-out, as configured for pip or uv.

Environment variables override pip's configuration files, which are read from the paths and in the order that pip
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

#: Seconds to wait for a connection, and, unless the user sets a time-out, for each chunk of a response.
CONNECT_S = 10.0
READ_S = 30.0

#: Sections of pip's files that may configure package sources; later ones override earlier ones.
SECTIONS = ("global", "download", "install")

#: Variables that name the main index; the first one that is set counts, and all of them override pip's files.
INDEX_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")

#: Variables that name a certificate file; pip's own setting overrides them.
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Settings:
    """How to reach packages.

    Attributes:
        indexes: addresses of simple indexes, the main one first; empty if the user has disabled the index. They may
            contain credentials: print them only through `redacted`.
        ca_file: certificates to trust, or None for the default ones.
        client_cert: the user's own certificate, or None.
        proxy: for http and https, or None to use the environment's.
        timeout: seconds to wait for a connection, seconds to wait for each chunk of a response.
    """

    indexes: tuple[str, ...] = field(repr=False)
    ca_file: str | None = None
    client_cert: str | None = None
    proxy: str | None = field(default=None, repr=False)
    timeout: tuple[float, float] = (CONNECT_S, READ_S)


def redacted(text: str) -> str:
    """The text with the credentials in its addresses masked."""
    return re.sub(r"//[^/\s]+@", "//***@", text)


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads the user's settings.

    Raises:
        FetchError: a configuration file cannot be read, or the time-out is not a number.
    """
    files = _pip_options(environ)

    def option(name: str) -> str:
        return environ.get("PIP_" + name.upper().replace("-", "_")) or files.get(name) or ""

    main = _first(environ, INDEX_VARIABLES) or files.get("index-url") or PYPI_SIMPLE_ENDPOINT
    index_disabled = option("no-index").lower() in ("1", "true", "t", "yes", "y", "on")
    timeout = environ.get("PIP_DEFAULT_TIMEOUT") or option("timeout") or str(READ_S)
    try:
        read_s = max(float(timeout), 1.0)
    except ValueError:
        raise FetchError(
            f"pip's timeout: expected seconds, got '{timeout}'. Set PIP_DEFAULT_TIMEOUT to a number."
        ) from None
    return Settings(
        indexes=() if index_disabled else tuple(dict.fromkeys([_bare(main), *option("extra-index-url").split()])),
        ca_file=option("cert") or _first(environ, CA_VARIABLES),
        client_cert=option("client-cert") or None,
        proxy=option("proxy") or None,
        timeout=(CONNECT_S, read_s),
    )


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _bare(address: str) -> str:
    """Strips the name that uv allows before an address: `mirror=https://…`."""
    return re.sub(r"^[\w.-]+=(?=\w+://)", "", address)


def _pip_options(environ: Mapping[str, str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for file in _pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise FetchError(
                f"{file}: expected a pip configuration file, got {type(error).__name__}. Fix or remove it."
            ) from error
        for section in SECTIONS:
            if parser.has_section(section):
                options |= {key.replace("_", "-"): value.strip() for key, value in parser.items(section)}
    return options


def _pip_files(environ: Mapping[str, str]) -> list[Path]:
    """Configuration files in rising precedence: machine, user, virtual environment, PIP_CONFIG_FILE."""
    config_file = environ.get("PIP_CONFIG_FILE", "")
    if config_file == os.devnull:  # how pip is told to read no configuration files
        return []
    machine = platformdirs.site_config_dir("pip", appauthor=False, multipath=True).split(os.pathsep)
    user = [
        Path.home() / ("pip" if os.name == "nt" else ".pip"),
        Path.home() / ".config" / "pip",
        Path(platformdirs.user_config_dir("pip", appauthor=False, roaming=True)),
    ]
    if config_file and Path(config_file).exists():
        user = []
    folders = [*map(Path, reversed(machine)), Path("/etc"), *user, Path(sys.prefix)]
    name = "pip.ini" if os.name == "nt" else "pip.conf"
    return [folder / name for folder in folders] + ([Path(config_file)] if config_file else [])
