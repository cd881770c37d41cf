"""What `make test` leaves out, and says so: a pytest plugin.

With `--sample`, of a test marked `table(*paths)` some rows are drawn, unless what it is about has changed since the
main branch that others have: its own file, a conftest.py above it, or something under one of the paths. Tests marked
`thorough(why)` wait for `make test-all`, which runs without `--sample`.
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
#: Seeds are short enough to be typed.
SEEDS = 10_000


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("sampling")
    group.addoption("--sample", action="store_true", help="draw some rows of each large table; leave out what is slow")
    group.addoption("--sample-seed", type=int, metavar="N", help="draw the rows of an earlier run again")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "table(*paths, kinds=False): a large table about what is under these paths; with kinds, some rows are drawn of "
        "each kind, which is what stands before the first hyphen of a row's name",
    )
    config.addinivalue_line("markers", "thorough(why): left to make test-all")
    config.stash[LEFT_OUT] = LeftOut()
    if not config.option.sample:
        return
    told: Any = getattr(config, "workerinput", {}).get("sample")
    if told is not None:
        config.stash[SAMPLE] = Sample(told["seed"], told["changed"])
    else:
        seed = config.option.sample_seed
        config.stash[SAMPLE] = Sample(secrets.randbelow(SEEDS) if seed is None else seed, changed(config.rootpath))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Every process of pytest-xdist draws the same."""
    sample = node.config.stash.get(SAMPLE, None)
    node.workerinput["sample"] = None if sample is None else {"seed": sample.seed, "changed": sample.changed}


def pytest_report_header(config: pytest.Config) -> list[str]:
    sample = config.stash.get(SAMPLE, None)
    if sample is None:
        return []
    told = (
        "git is not here to say what has changed" if sample.changed is None else f"{len(sample.changed)} files changed"
    )
    return [f"sample: seed {sample.seed}, {told}"]


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
        for path in mark.args:  # or a folder that is renamed would no longer count as touched
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
    """Some of the rows, at least one; with `kinds` one of each kind, which is what stands before the first hyphen."""
    tables: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        tables[row.partition("-")[0] if kinds else ""].append(row)
    drawing = random.Random(seed)
    drawn: set[str] = set()
    for _, kind in sorted(tables.items()):
        drawn.update(drawing.sample(sorted(kind), max(1, round(SHARE * len(kind)))))
    return drawn


def touched(test: Path, paths: Iterable[str], files: Iterable[str]) -> bool:
    """Whether a change to these files is a change to what a test in that file is about."""
    about = {str(test), *(str(folder / "conftest.py") for folder in test.parents)}
    return any(file in about or any(Path(file).is_relative_to(path) for path in paths) for file in files)


def outside_of_hooks() -> dict[str, str]:
    """The environment without what git puts there for a hook: it names the repository that the hook is about."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def changed(root: Path) -> tuple[str, ...] | None:
    """Files that differ from the main branch that others have, untracked ones too; None where git cannot say.

    Without such a branch, those that differ from the last commit.
    """

    def git(*arguments: str) -> list[str]:
        command = ["git", "-C", str(root), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=outside_of_hooks())
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
    """How rows are drawn: the seed, and the files that have changed, or None where git cannot say."""

    seed: int
    changed: Sequence[str] | None


class LeftOut:
    """What a process did not run: of each table how many of how many rows, and other tests by the reason."""

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
    told = getattr(node, "workeroutput", {}).get("left_out")
    if told is not None:  # every process collects, and leaves out, the same
        left_out = node.config.stash[LEFT_OUT]
        left_out.rows = told["rows"]
        left_out.thorough = Counter(told["thorough"])


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
        out, all_rows = (sum(of) for of in zip(*counts, strict=True))
        terminalreporter.write_line(f"  {out:5,} of {all_rows:,} in {file}")
    for why, count in sorted(left_out.thorough.items()):
        terminalreporter.write_line(f"  {count:5,} {why}")
