"""The user's settings for pip or uv are followed."""

import os
import sys
from pathlib import Path

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from zoo.core.errors import FetchError
from zoo.data import pipconfig
from zoo.data.download import open_session
from zoo.data.pipconfig import CONNECT_S, READ_S, read_settings, redacted

NO_FILES = {"PIP_CONFIG_FILE": os.devnull}


def config(tmp_path: Path, text: str) -> dict[str, str]:
    """An environment that names a configuration file with this text."""
    file = tmp_path / "own.conf"
    file.write_text(text)
    return {"PIP_CONFIG_FILE": str(file)}


def test_defaults_apply_without_settings():
    settings = read_settings(NO_FILES)
    assert settings.indexes == (PYPI_SIMPLE_ENDPOINT,)
    assert (settings.ca_file, settings.client_cert, settings.proxy) == (None, None, None)
    assert settings.timeout == (CONNECT_S, READ_S)


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_variables_override_files(tmp_path, name):
    environ = config(tmp_path, "[global]\nindex-url = http://file/simple\n")
    assert read_settings(environ).indexes == ("http://file/simple",)
    assert read_settings(environ | {name: "http://variable/simple"}).indexes == ("http://variable/simple",)


def test_settings_for_pip_override_those_for_uv():
    environ = NO_FILES | {"PIP_INDEX_URL": "http://pip/", "UV_INDEX_URL": "http://uv/"}
    assert read_settings(environ).indexes == ("http://pip/",)


def test_a_name_before_uvs_address_is_stripped():
    assert read_settings(NO_FILES | {"UV_DEFAULT_INDEX": "mine=http://uv/simple"}).indexes == ("http://uv/simple",)


def test_extra_indexes_follow_the_main_one(tmp_path):
    environ = config(
        tmp_path, "[global]\nindex_url = http://a/\nextra-index-url =\n  http://b/\n  http://c/ http://a/\n"
    )
    assert read_settings(environ).indexes == ("http://a/", "http://b/", "http://c/")


def test_a_commands_own_section_overrides_the_global_one(tmp_path):
    environ = config(tmp_path, "[install]\nindex-url = http://install/\n[global]\nindex-url = http://global/\n")
    assert read_settings(environ).indexes == ("http://install/",)


@pytest.mark.parametrize("value", ["1", "true", "Yes", "on"])
def test_no_index_disables_the_index(value):
    assert read_settings(NO_FILES | {"PIP_NO_INDEX": value}).indexes == ()


def test_certificates_proxy_and_time_out_are_read(tmp_path):
    text = "[global]\ncert = /a.pem\nclient-cert = /b.pem\nproxy = http://p:1\ntimeout = 7\n"
    settings = read_settings(config(tmp_path, text))
    assert (settings.ca_file, settings.client_cert, settings.proxy) == ("/a.pem", "/b.pem", "http://p:1")
    assert settings.timeout == (CONNECT_S, 7.0)


def test_the_first_certificate_variable_that_is_set_counts():
    environ = NO_FILES | {"SSL_CERT_FILE": "/ssl", "REQUESTS_CA_BUNDLE": "/requests"}
    assert read_settings(environ).ca_file == "/requests"
    assert read_settings(environ | {"PIP_CERT": "/pip"}).ca_file == "/pip"


def test_the_users_file_overrides_the_machines_and_the_environments_overrides_both(tmp_path, monkeypatch):
    for folder in ("machine", "user", "venv"):
        (tmp_path / folder).mkdir()
        name = "pip.ini" if os.name == "nt" else "pip.conf"
        (tmp_path / folder / name).write_text(f"[global]\nindex-url = http://{folder}/\n")
    monkeypatch.setattr(pipconfig.platformdirs, "site_config_dir", lambda *_, **__: str(tmp_path / "machine"))
    monkeypatch.setattr(pipconfig.platformdirs, "user_config_dir", lambda *_, **__: str(tmp_path / "user"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "nothing here"))
    assert read_settings({}).indexes[0] == "http://user/"
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    assert read_settings({}).indexes[0] == "http://venv/"


def test_an_unreadable_configuration_file_is_refused(tmp_path):
    with pytest.raises(
        FetchError, match=r"own\.conf: expected a pip configuration file, got MissingSectionHeaderError"
    ):
        read_settings(config(tmp_path, "index-url = http://me:secret@a/\n"))


def test_a_time_out_must_be_a_number():
    with pytest.raises(FetchError, match="pip's timeout: expected seconds, got 'soon'"):
        read_settings(NO_FILES | {"PIP_DEFAULT_TIMEOUT": "soon"})


def test_missing_certificates_are_refused():
    with pytest.raises(FetchError, match=r"/no\.pem: expected a file of certificates, found none"):
        open_session(read_settings(NO_FILES | {"PIP_CERT": "/no.pem"}))


def test_a_session_uses_the_users_settings(tmp_path):
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    environ = NO_FILES | {"PIP_CERT": str(bundle), "PIP_PROXY": "http://p:1", "PIP_CLIENT_CERT": str(bundle)}
    with open_session(read_settings(environ)) as session:
        assert (session.verify, session.cert) == (str(bundle), str(bundle))
        assert session.proxies == {"http": "http://p:1", "https": "http://p:1"}


def test_credentials_are_not_printed():
    settings = read_settings(NO_FILES | {"PIP_INDEX_URL": "https://me:secret@host/simple"})
    assert "secret" not in repr(settings)
    assert redacted(f"at {settings.indexes[0]} now") == "at https://***@host/simple now"
