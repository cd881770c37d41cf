"""The tests that `make test` leaves out, and how it reports them."""

import shutil
import subprocess
from pathlib import Path

import pytest
import sampling

pytest_plugins = ["pytester"]

ROWS = [f"{kind}-{number}" for kind in ("LSTM", "GRU") for number in range(20)] + ["lonely"]

TESTS = """
import pytest

@pytest.mark.table("src/layers")
@pytest.mark.parametrize("row", range(40))
def test_row(row):
    pass

@pytest.mark.thorough("of what is far away")
@pytest.mark.parametrize("row", range(3))
def test_far(row):
    pass

@pytest.mark.parametrize("row", range(5))
def test_small(row):
    pass
"""


def test_a_seed_always_draws_the_same_rows() -> None:
    drawn = sampling.draw(ROWS, 1)
    assert len(drawn) == round(len(ROWS) * sampling.SHARE)
    assert drawn <= set(ROWS)
    assert sampling.draw(ROWS[::-1], 1) == drawn != sampling.draw(ROWS, 2)


def test_some_seed_draws_every_row() -> None:
    assert set.union(*(sampling.draw(ROWS, seed) for seed in range(60))) == set(ROWS)


def test_each_draw_has_every_kind_of_a_table_of_kinds() -> None:
    for seed in range(20):
        assert {row.partition("-")[0] for row in sampling.draw(ROWS, seed, kinds=True)} == {"LSTM", "GRU", "lonely"}


def test_at_least_one_row_of_a_small_table_is_drawn() -> None:
    assert len(sampling.draw(["one", "two"], 0)) == 1


@pytest.mark.parametrize(
    ("file", "is_touched"),
    [
        ("src/layers/lstm.py", True),
        ("src/layers.py", False),
        ("tests/fast/test_rows.py", True),
        ("tests/fast/test_others.py", False),
        ("tests/fast/conftest.py", True),
        ("tests/conftest.py", True),
        ("tests/exporter/conftest.py", False),
    ],
)
def test_a_change_touches_the_tests_of_its_folders(file: str, is_touched: bool) -> None:
    assert sampling.touched(Path("tests/fast/test_rows.py"), ["src/layers"], [file]) is is_touched


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A clone of a repository with one file."""
    (tmp_path / "upstream").mkdir()
    git(tmp_path / "upstream", "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path / "upstream", "old.py")
    git(tmp_path, "clone", "--quiet", "upstream", "clone")
    return tmp_path / "clone"


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=tests", "-c", "user.email=tests@example.org")
    environment = sampling.outside_of_hooks()
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, env=environment)


def commit(folder: Path, name: str) -> None:
    (folder / name).write_text("")
    git(folder, "add", name)
    git(folder, "commit", "--quiet", "--message", name)


@needs_git
def test_changed_lists_what_the_upstream_main_branch_lacks(repository: Path) -> None:
    assert sampling.changed(repository) == ()
    commit(repository, "committed.py")
    (repository / "untracked.py").write_text("")
    assert sampling.changed(repository) == ("committed.py", "untracked.py")
    (repository / "old.py").write_text("edited")
    git(repository, "switch", "--quiet", "--create", "topic")
    assert sampling.changed(repository) == ("committed.py", "old.py", "untracked.py")


@needs_git
def test_without_an_upstream_changed_lists_uncommitted_files(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, "old.py")
    (tmp_path / "new.py").write_text("")
    assert sampling.changed(tmp_path) == ("new.py",)


def test_without_git_the_changes_are_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sampling.changed(tmp_path) is None


@pytest.fixture
def tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with tests that can import the plugin."""
    monkeypatch.setenv("PYTHONPATH", str(Path(sampling.__file__).parent))
    pytester.mkdir("src").joinpath("layers").mkdir()
    pytester.makepyfile(TESTS)
    return pytester


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_a_run_reports_what_it_left_out(tests: pytest.Pytester, processes: tuple[str, ...]) -> None:
    run = tests.runpytest_subprocess("-p", "sampling", "--sample", "--sample-seed", "7", *processes)
    run.assert_outcomes(passed=15)
    run.stdout.fnmatch_lines(
        [
            "sample: seed 7, *",
            "*left out; make test-all runs everything*",
            "rows of tables; those that ran were drawn by seed 7: make test SEED=7",
            "*30 of 40 in test_*.py",
            "*3 of what is far away",
        ]
    )


def test_a_missing_path_is_refused(tests: pytest.Pytester) -> None:
    tests.path.joinpath("src/layers").rename(tests.path / "src/renamed")
    run = tests.runpytest_subprocess("-p", "sampling", "--sample")
    assert run.ret != 0
    run.stdout.fnmatch_lines("*expected a path in @table, got src/layers*")


def test_without_a_sample_everything_runs(tests: pytest.Pytester) -> None:
    run = tests.runpytest_subprocess("-p", "sampling")
    run.assert_outcomes(passed=48)
    assert "left out" not in run.stdout.str()
