"""A pytest plugin that reduces and reports what `make test` runs.

With `--sample`, only some rows of a test marked `table(*paths)` run, unless something that it covers differs from the
published main branch: its own file, a conftest.py above it, or something under one of the paths. Tests marked
`thorough(why)` run only in `make test-all`, which omits `--sample`.
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

#: Share of a table's rows that are drawn.
SHARE = 1 / 4
#: Number of seeds: small, so that a seed is quick to type.
SEEDS = 10_000


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("sampling")
    group.addoption("--sample", action="store_true", help="run only some rows of each large table, and omit slow tests")
    group.addoption("--sample-seed", type=int, metavar="N", help="draw the same rows as an earlier run")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "table(*paths, kinds=False): a large table that covers these paths; with kinds, rows are drawn from each kind, "
        "which is the part of a row's name before the first hyphen",
    )
    config.addinivalue_line("markers", "thorough(why): runs only in make test-all")
    config.stash[LEFT_OUT] = LeftOut()
    if not config.option.sample:
        return
    sample: Any = getattr(config, "workerinput", {}).get("sample")
    if sample is not None:
        config.stash[SAMPLE] = Sample(sample["seed"], sample["changed"])
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
    changes = "changes unknown without git" if sample.changed is None else f"{len(sample.changed)} files changed"
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
    """Some of the rows, at least one; with `kinds`, at least one of each kind, the part before the first hyphen."""
    tables: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        tables[row.partition("-")[0] if kinds else ""].append(row)
    generator = random.Random(seed)
    drawn: set[str] = set()
    for _, kind in sorted(tables.items()):
        drawn.update(generator.sample(sorted(kind), max(1, round(SHARE * len(kind)))))
    return drawn


def touched(test: Path, paths: Iterable[str], files: Iterable[str]) -> bool:
    """Whether any of the changed `files` affects what the tests in the file `test` cover."""
    own = {str(test), *(str(folder / "conftest.py") for folder in test.parents)}
    return any(file in own or any(Path(file).is_relative_to(path) for path in paths) for file in files)


def environment_without_git() -> dict[str, str]:
    """The environment without the variables with which git tells a hook its repository."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def changed(root: Path) -> tuple[str, ...] | None:
    """Files that differ from the published main branch, including untracked ones; None without git.

    Without such a branch, files that differ from the last commit.
    """

    def git(*arguments: str) -> list[str]:
        command = ["git", "-C", str(root), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment_without_git())
        return done.stdout.splitlines()

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
    """How rows are drawn: the seed, and the changed files, or None without git."""

    seed: int
    changed: Sequence[str] | None


class LeftOut:
    """What a process did not run: for each table the numbers of omitted and of all rows, and other tests by reason."""

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
    output = getattr(node, "workeroutput", {}).get("left_out")
    if output is not None:  # every process collects and omits the same tests
        left_out = node.config.stash[LEFT_OUT]
        left_out.rows = output["rows"]
        left_out.thorough = Counter(output["thorough"])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    left_out = config.stash[LEFT_OUT]
    if not left_out.rows and not left_out.thorough:
        return
    terminalreporter.section("omitted tests; make test-all runs everything")
    files: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for name, counts in left_out.rows.items():
        files[name.partition("::")[0]].append((counts[0], counts[1]))
    if files:
        seed = config.stash[SAMPLE].seed
        terminalreporter.write_line(f"rows of tables (repeat this sample with: make test SEED={seed}):")
    for file, counts in sorted(files.items()):
        omitted, total = (sum(numbers) for numbers in zip(*counts, strict=True))
        terminalreporter.write_line(f"  {omitted:5,} of {total:,} in {file}")
    for why, count in sorted(left_out.thorough.items()):
        terminalreporter.write_line(f"  {count:5,} {why}")
