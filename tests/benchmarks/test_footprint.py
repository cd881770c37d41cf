"""The footprint: sizes of installed packages, measurements of new processes, and the page."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.footprint import __main__ as footprint
from benchmarks.footprint.probe import Footprint, Installed, Started, installed, medians, probe
from benchmarks.footprint.report import page
from benchmarks.footprint.results import Bundle, Results, from_json

ROOT = Path(__file__).parents[2]
MACHINE = {"cpu": "Some CPU", "cores": 2, "system": "Linux x86_64", "load": 0.5}


def package(folder: Path, name: str, version: str, kilobytes: int) -> None:
    """Installs a package with one module, and one command in another folder."""
    (folder / name).mkdir(parents=True)
    (folder / name / "module.py").write_bytes(b"#" * 1024 * kilobytes)
    (folder.parent / "command").write_bytes(b"#" * 1024 * 100)
    dist_info = folder / f"{name}-{version}.dist-info"
    dist_info.mkdir()
    (dist_info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    rows = [f"{name}/module.py,,", "../command,,", f"{dist_info.name}/METADATA,,", f"{dist_info.name}/RECORD,,"]
    (dist_info / "RECORD").write_text("\n".join(rows) + "\n")


def test_pip_itself_is_not_counted(tmp_path: Path) -> None:
    packages = tmp_path / "site-packages"
    package(packages, "pip", "25.0", 4000)
    before = installed(packages)
    assert (before.total, list(before.packages)) == (0, ["pip"])
    package(packages, "numpy", "2.0", 3000)
    package(packages, "onnxruntime", "1.20.1", 1000)
    after = installed(packages)
    assert 4000 * 1024 <= after.total < 4100 * 1024
    footprint_of_packages = Footprint.of("3.13.0", before, after, Started(1, 1, 1, 1, 1))
    assert footprint_of_packages.versions == {"onnxruntime": "1.20.1", "numpy": "2.0"}
    assert list(footprint_of_packages.packages) == ["numpy", "onnxruntime"]
    assert 3000 * 1024 <= footprint_of_packages.packages["numpy"] < 3050 * 1024
    assert footprint_of_packages.added_bytes == after.total


def test_each_result_is_the_median_over_new_processes() -> None:
    starts = [Started(0.1, 3, 10, 20, None), Started(0.3, 1, 12, 24, 50), Started(0.2, 2, 11, 22, 51)]
    assert medians(starts) == Started(0.2, 2, 11, 22, None)


def test_a_new_process_imports_the_package_and_loads_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zoo").mkdir()
    # The probe must use the installed package, here a stand-in, instead of the checkout.
    (tmp_path / "zoo/__init__.py").write_text("")
    (tmp_path / "zoo/edge.py").write_text("def load(path): open(path).read()")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "bundle").write_text("")
    started = probe(Path(sys.executable), tmp_path / "bundle", tmp_path)
    assert started.import_s > 0
    assert started.load_s > 0
    if started.python_bytes is not None:
        assert 0 < started.python_bytes <= (started.import_bytes or 0) <= (started.load_bytes or 0)
    with pytest.raises(subprocess.CalledProcessError):
        probe(Path(sys.executable), tmp_path / "nothing", tmp_path)


def test_the_page_names_the_largest_packages_and_the_json_has_all() -> None:
    after = Installed(
        {"numpy": 60_000_000, "onnxruntime": 70_000_000, "sequence-zoo": 1_000_000, "rich": 9_000_000, "pip": 1},
        {"numpy": "2.0", "onnxruntime": "1.20.1", "sequence-zoo": "0.1.0", "rich": "15", "pip": "25.0"},
        140_000_000,
    )
    started = Started(0.0814, 0.0502, 9_000_000, 30_000_000, 60_500_000)
    python = Footprint.of("3.13.0", Installed({}, {}, 0), after, started)
    results = Results("2030-01-02", MACHINE, Bundle("bed-exit", 93_630), 5, (python,))
    text = page(results)
    assert "Some CPU, 2 cores, Linux x86_64, load average 0.5 at the start." in text
    assert "`exported/bed-exit` (94 kB)" in text
    assert (
        "| 3.13.0 | 1.20.1 | 2.0 | 4 | 140 | onnxruntime 70, numpy 60, rich 9 | 81 ms | 50 ms | 9.0, 30.0, 60.5 |"
        in text
    )
    assert from_json(results.to_json()) == results
    plain = json.loads(results.to_json())
    assert plain["pythons"][0]["packages"]["sequence-zoo"] == 1_000_000
    assert plain["pythons"][0]["started"]["load_s"] == 0.0502


def test_an_interpreter_that_cannot_create_an_environment_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no module named venv >&2\nexit 1\n")
    broken.chmod(0o755)
    assert footprint.main(["--python", str(broken), "--out", str(tmp_path / "docs")]) == 1
    assert "no module named venv" in capsys.readouterr().err
    assert not (tmp_path / "docs").exists()
