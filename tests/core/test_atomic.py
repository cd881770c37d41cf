"""Files that are written completely or not at all."""

import hashlib
import os

import pytest

from zoo.core.atomic import STALE_S, UNFINISHED, appearing, sha256_of


def test_the_file_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "new" / "file"
    with appearing(target) as out:
        out.write(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert sha256_of(target) == hashlib.sha256(b"whole").hexdigest()
    assert [path.name for path in target.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_unchanged(tmp_path, error):
    target = tmp_path / "file"
    target.write_bytes(b"before")

    def write() -> None:
        with appearing(target) as out:
            out.write(b"half")
            raise error

    with pytest.raises(error):
        write()
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_error_names_the_target_file(tmp_path):
    target = tmp_path / "file"

    def write() -> None:
        with appearing(target):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match=r"No space left on device: '.*/file'$") as caught:
        write()
    assert caught.value.filename == str(target)


def test_old_unfinished_files_are_deleted_and_young_ones_kept(tmp_path):
    old, young = tmp_path / f"{UNFINISHED}old", tmp_path / f"{UNFINISHED}young"
    old.write_bytes(b"")
    young.write_bytes(b"")
    long_ago = young.stat().st_mtime - STALE_S - 60
    os.utime(old, (long_ago, long_ago))
    with appearing(tmp_path / "file") as out:
        out.write(b"x")
    assert not old.exists()
    assert young.exists()
