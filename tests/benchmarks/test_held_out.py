"""The page about the trained models, and its command line."""

import json
from pathlib import Path

import pytest

from benchmarks.held_out import __main__ as held_out
from benchmarks.held_out.report import page


def row(model: str, accuracy: float) -> dict[str, object]:
    return {
        "model": model,
        "task": "classification",
        "data": "toy",
        "size": 10,
        "metrics": {"accuracy": accuracy, "windows": 1234},
        "baseline": {"accuracy": 0.25},
        "live": {},
    }


def test_a_model_has_a_table_of_what_was_measured() -> None:
    about = {
        "date": "2026-01-01",
        "machine": {"cpu": "a CPU", "cores": 2, "system": "Linux", "load": 0.1},
        "versions": {"keras": "3.12"},
    }
    text = page(about, [row("activity", 0.9)])
    table = text.split("## activity on toy\n\n")[1]
    assert table.splitlines() == [
        "| metric | whole | naive |",
        "| --- | --- | --- |",
        "| `accuracy` | 0.9 | 0.25 |",
        "| `windows` | 1,234 | - |",
    ]


def test_a_model_that_is_scored_again_replaces_its_own_rows_only(tmp_path: Path) -> None:
    stored = [row("activity", 0.9), row("sentiment", 0.8), row("sentiment", 0.7)]
    (tmp_path / "held_out.json").write_text(json.dumps({"about": {}, "scores": stored}), "utf-8")
    rows = held_out.merged([row("sentiment", 0.85)], tmp_path)
    assert [(one["model"], one["metrics"]["accuracy"]) for one in rows] == [("activity", 0.9), ("sentiment", 0.85)]


def test_an_unknown_model_is_refused_before_anything_is_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert held_out.main(["--model", "nobody", "--out", str(tmp_path)]) == 2
    assert "--model: nobody: no such bundle in exported/. Nothing was written." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
