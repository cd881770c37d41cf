"""Runs and bundles of the tiny recipes of other tasks, created once per session."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tasks import variants

from zoo.edge import Runner, load
from zoo.recipe import Recipe
from zoo.rundir import Run


def _trained(make: Callable[..., Recipe], folder: Path) -> None:
    from zoo.bundles import export_run
    from zoo.training import train

    run = train(make(folder), root=folder / "runs")
    export_run(run, folder / "bundle")


@pytest.fixture(scope="session")
def made(once: Callable[[str, Callable[[Path], object]], Path]) -> Callable[[str], tuple[Run, Runner]]:
    """The run and the open bundle of the recipe that a function of `tasks.variants` makes, by its name."""

    def of(name: str) -> tuple[Run, Runner]:
        folder = once(f"task-{name}", lambda folder: _trained(getattr(variants, name), folder))
        (path,) = folder.glob("runs/*/*")
        return Run.open(path), load(folder / "bundle")

    return of
