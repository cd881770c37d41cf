"""A pytest plugin that leaves out slow tests in `make test`, and reports how many.

With `--sample`, a test marked `table(*paths)` runs on a random sample of its rows; on all rows if the test file, a
conftest.py above it, or a file under one of the paths differs from the upstream main branch. Tests marked
`thorough(why)` run only in `make test-all`, which does not use `--sample`.
"""

import os
import random
import secrets
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

#: Share of a table's rows that is drawn.
SHARE = 1 / 4
#: Number of seeds, small enough that a seed is easy to type.
SEEDS = 10_000


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("sampling")
    group.addoption("--sample", action="store_true", help="run some rows of each large table, and no slow tests")
    group.addoption("--sample-seed", type=int, metavar="N", help="draw the same rows as an earlier run")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "table(*paths, kinds=False): a large table that tests the code under these paths; with kinds, some rows of "
        "each kind are drawn: the kind is the part of a row's name before the first hyphen",
    )
    config.addinivalue_line("markers", "thorough(why): runs only in make test-all")
    config.stash[LEFT_OUT] = LeftOut()
    if not config.option.sample:
        return
    received: Any = getattr(config, "workerinput", {}).get("sample")
    if received is not None:
        config.stash[SAMPLE] = Sample(received["seed"], received["changed"])
    else:
        seed = config.option.sample_seed
        config.stash[SAMPLE] = Sample(secrets.randbelow(SEEDS) if seed is None else seed, changed(config.rootpath))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Makes every process of pytest-xdist draw the same rows."""
    sample = node.config.stash.get(SAMPLE, None)
    node.workerinput["sample"] = None if sample is None else {"seed": sample.seed, "changed": sample.changed}


def pytest_report_header(config: pytest.Config) -> list[str]:
    sample = config.stash.get(SAMPLE, None)
    if sample is None:
        return []
    changes = (
        "changed files unknown, as git failed" if sample.changed is None else f"{len(sample.changed)} files changed"
    )
    return [f"sample: seed {sample.seed}, {changes}"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    sample = config.stash.get(SAMPLE, None)
    if sample is None:
        return
    left_out = config.stash[LEFT_OUT]
    rows: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    dropped: set[pytest.Item] = set()
    for item in items:
        if (mark := item.get_closest_marker("thorough")) is not None:
            dropped.add(item)
            left_out.thorough[str(mark.args[0])] += 1
        elif item.get_closest_marker("table") is not None:
            rows[table_of(item)].append(item)
    for name, table in rows.items():
        mark = table[0].get_closest_marker("table")
        assert mark is not None
        for path in mark.args:  # otherwise changes in a renamed folder would go unnoticed
            assert (config.rootpath / path).exists(), f"{name}: expected a path in @table, got {path}"
        if not touched(table[0].path.relative_to(config.rootpath), mark.args, sample.changed or ()):
            drawn = draw([row_of(item) for item in table], sample.seed, **mark.kwargs)
            dropped |= {item for item in table if row_of(item) not in drawn}
            left_out.rows[name] = (len(table) - len(drawn), len(table))
    items[:] = [item for item in items if item not in dropped]
    config.hook.pytest_deselected(items=list(dropped))


def table_of(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def row_of(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[2]


def draw(rows: Sequence[str], seed: int, kinds: bool = False) -> set[str]:
    """A random sample of at least one row; with `kinds`, one of each kind (the part before the first hyphen)."""
    tables: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        tables[row.partition("-")[0] if kinds else ""].append(row)
    generator = random.Random(seed)
    drawn: set[str] = set()
    for _, kind in sorted(tables.items()):
        drawn.update(generator.sample(sorted(kind), max(1, round(SHARE * len(kind)))))
    return drawn


def touched(test: Path, paths: Iterable[str], files: Iterable[str]) -> bool:
    """Whether one of the changed files concerns a test: its file, a conftest.py above it, or a file under its paths."""
    own_files = {str(test), *(str(folder / "conftest.py") for folder in test.parents)}
    return any(file in own_files or any(Path(file).is_relative_to(path) for path in paths) for file in files)


def outside_of_hooks() -> dict[str, str]:
    """The environment without the variables that git sets for hooks, which name the repository of the hook."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def changed(root: Path) -> tuple[str, ...] | None:
    """Files that differ from the upstream main branch, including untracked ones; None if git fails.

    Without an upstream branch, the files that differ from the last commit.
    """

    def git(*arguments: str) -> list[str]:
        command = ["git", "-C", str(root), *arguments]
        process = subprocess.run(command, capture_output=True, text=True, check=True, env=outside_of_hooks())
        return process.stdout.splitlines()

    def base() -> str:
        for branch in ("origin/HEAD", "origin/main", "origin/master", "@{upstream}"):
            with suppress(subprocess.CalledProcessError):
                return git("merge-base", "HEAD", branch)[0]
        return "HEAD"

    try:
        files = git("diff", "--name-only", "--no-renames", "--relative", base())
        return tuple(sorted({*files, *git("ls-files", "--others", "--exclude-standard")}))
    except (OSError, subprocess.CalledProcessError):
        return None


@dataclass(frozen=True)
class Sample:
    """How rows are drawn: the seed, and the changed files, or None if git fails."""

    seed: int
    changed: Sequence[str] | None


class LeftOut:
    """Tests that a process left out: for each table the numbers of omitted and of all rows; other tests by reason."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[int, int]] = {}
        self.thorough: Counter[str] = Counter()


SAMPLE, LEFT_OUT = pytest.StashKey[Sample](), pytest.StashKey[LeftOut]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: Any = getattr(session.config, "workeroutput", None)
    if output is not None:
        left_out = session.config.stash[LEFT_OUT]
        output["left_out"] = {"rows": left_out.rows, "thorough": dict(left_out.thorough)}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    received = getattr(node, "workeroutput", {}).get("left_out")
    if received is not None:  # every process collects the same tests, and leaves out the same
        left_out = node.config.stash[LEFT_OUT]
        left_out.rows = received["rows"]
        left_out.thorough = Counter(received["thorough"])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    left_out = config.stash[LEFT_OUT]
    if not left_out.rows and not left_out.thorough:
        return
    terminalreporter.section("left out; make test-all runs everything")
    files: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for name, counts in left_out.rows.items():
        files[name.partition("::")[0]].append((counts[0], counts[1]))
    if files:
        seed = config.stash[SAMPLE].seed
        terminalreporter.write_line(f"rows of tables; those that ran were drawn by seed {seed}: make test SEED={seed}")
    for file, counts in sorted(files.items()):
        omitted, total = (sum(column) for column in zip(*counts, strict=True))
        terminalreporter.write_line(f"  {omitted:5,} of {total:,} in {file}")
    for why, count in sorted(left_out.thorough.items()):
        terminalreporter.write_line(f"  {count:5,} {why}")
