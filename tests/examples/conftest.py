"""The hand-made bundles of the device's tests, and the programs in examples/, built and ready to run."""

import os
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from edge.conftest import gru_parts, live_parts, sentiment_parts, threshold_parts
from portability import web

__all__ = ["gru_parts", "live_parts", "sentiment_parts", "threshold_parts"]

EXAMPLES = Path(__file__).parents[2] / "examples"
#: A program: the bundle's ONNX file in, what it printed and its exit status out.
Program = Callable[[Path], "subprocess.CompletedProcess[str]"]
PATIENCE_S = 120


def ran(*command: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=PATIENCE_S)


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Program:
    if reason := web.missing():
        pytest.skip(f"examples/javascript: {reason}. Install Node 20 or newer, and let npm reach its registry.")
    folder = shutil.copytree(
        EXAMPLES / "javascript",
        tmp_path_factory.mktemp("javascript") / "example",
        ignore=shutil.ignore_patterns("node_modules"),
    )
    (folder / "node_modules").symlink_to(web.installed()[0] / "node_modules")
    return lambda path: ran("node", folder / "selftest.mjs", path)


@pytest.fixture(scope="session")
def cpp(tmp_path_factory: pytest.TempPathFactory) -> Program:
    for program, package in {"cmake": "cmake", "c++": "g++"}.items():
        if shutil.which(program) is None:
            pytest.skip(f"examples/cpp: {program} is not installed. On Debian: apt install {package}")
    if header("nlohmann/json.hpp") is None:
        pytest.skip("examples/cpp: nlohmann/json.hpp is not installed. On Debian: apt install nlohmann-json3-dev")
    if (api := header("onnxruntime_cxx_api.h")) is None:
        pytest.skip(
            "examples/cpp: onnxruntime's C++ headers are not installed. On Debian 13: apt install libonnxruntime-dev; "
            "elsewhere unpack a release of onnxruntime and name its folder in ONNXRUNTIME_ROOT."
        )
    if (library := shared_library()) is None:
        pytest.skip("examples/cpp: the onnxruntime package holds no libonnxruntime.so. Name one in ONNXRUNTIME_ROOT.")
    folder = tmp_path_factory.mktemp("cpp")
    (folder / "root/lib").mkdir(parents=True)
    (folder / "root/include").symlink_to(api.parent)
    for name in ("libonnxruntime.so", "libonnxruntime.so.1"):
        (folder / "root/lib" / name).symlink_to(library)
    options = ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS=-Werror", f"-DONNXRUNTIME_ROOT={folder / 'root'}")
    for step in (("-S", EXAMPLES / "cpp", "-B", folder / "build", *options), ("--build", folder / "build")):
        made = ran("cmake", *step)
        assert made.returncode == 0, made.stdout + made.stderr
    return lambda path: ran(folder / "build/selftest", path)


@pytest.fixture(params=["javascript", "cpp"])
def program(request: pytest.FixtureRequest) -> Program:
    return request.getfixturevalue(request.param)


def header(name: str) -> Path | None:
    """Where a header lies, if it does."""
    roots = [Path(os.environ["ONNXRUNTIME_ROOT"], "include")] if "ONNXRUNTIME_ROOT" in os.environ else []
    places = [
        root / inner
        for root in (*roots, Path("/usr/local/include"), Path("/usr/include"))
        for inner in ("", "onnxruntime")
    ]
    return next((place / name for place in places if (place / name).is_file()), None)


def shared_library() -> Path | None:
    """onnxruntime's library: the one of ONNXRUNTIME_ROOT, or else that of the Python package."""
    found = find_spec("onnxruntime")
    package = Path(found.origin).parent / "capi" if found and found.origin else None
    root = os.environ.get("ONNXRUNTIME_ROOT")
    places = [*([Path(root, "lib")] if root else []), *([package] if package else [])]
    return next((path.resolve() for place in places for path in sorted(place.glob("libonnxruntime.so*"))), None)
