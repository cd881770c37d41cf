"""The hand-made bundles of the device's tests, and the programs in examples/, built and ready to run."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import nlohmann_json
import pytest
from edge.conftest import gru_parts, live_parts, sentiment_parts, threshold_parts

from benchmarks.portability import web

__all__ = ["gru_parts", "live_parts", "sentiment_parts", "threshold_parts"]

EXAMPLES = Path(__file__).parents[2] / "examples"
#: What takes the place of a runtime that is not to be had here, and the process that computes for it.
STAND_IN = Path(__file__).parent / "stand_in"
SERVE = STAND_IN / "serve.py"
#: nlohmann's header, which a package carries.
JSON = Path(nlohmann_json.__file__).parent / "include"
#: A program: the bundle's ONNX file in, what it printed and its exit status out.
Program = Callable[[Path], "subprocess.CompletedProcess[str]"]
PATIENCE_S = 300


def ran(*command: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, **environment}
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=PATIENCE_S, env=environ)


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Program:
    if reason := web.missing():
        pytest.skip(f"examples/javascript: {reason}. Install Node 20 or newer, and let npm reach its registry.")
    script = beside(web.installed()[0] / "node_modules" / web.PACKAGE, tmp_path_factory)
    return lambda path: ran(web.node(), script, path)


@pytest.fixture(scope="session")
def javascript_stand_in(tmp_path_factory: pytest.TempPathFactory) -> Program:
    if (node := web.node()) is None:
        pytest.skip("examples/javascript: node is not installed. Install Node 20 or newer.")
    script = beside(STAND_IN / web.PACKAGE, tmp_path_factory)
    return lambda path: ran(node, script, path, ZOO_STAND_IN=json.dumps([sys.executable, str(SERVE)]))


def beside(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The JavaScript program in a folder where it finds that package as its runtime."""
    folder = shutil.copytree(
        EXAMPLES / "javascript",
        tmp_path_factory.mktemp("javascript") / "example",
        ignore=shutil.ignore_patterns("node_modules"),
    )
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / web.PACKAGE).symlink_to(package)
    for other in package.parent.iterdir():  # what the package itself needs lies beside it
        if other != package:
            (folder / "node_modules" / other.name).symlink_to(other)
    return folder / "selftest.mjs"


@pytest.fixture(scope="session")
def cpp(tmp_path_factory: pytest.TempPathFactory) -> Program:
    for program, package in {"cmake": "cmake", "c++": "g++"}.items():
        if shutil.which(program) is None:
            pytest.skip(f"examples/cpp: {program} is not installed. On Debian: apt install {package}")
    if (api := header("onnxruntime_cxx_api.h")) is None:
        pytest.skip(
            "examples/cpp: onnxruntime's C++ headers are not installed; a stand-in is compiled. On Debian 13: apt "
            "install libonnxruntime-dev; elsewhere unpack a release of onnxruntime and name it in ONNXRUNTIME_ROOT."
        )
    if (library := shared_library()) is None:
        pytest.skip("examples/cpp: the onnxruntime package holds no libonnxruntime.so. Name one in ONNXRUNTIME_ROOT.")
    folder = tmp_path_factory.mktemp("cpp")
    (folder / "root/lib").mkdir(parents=True)
    (folder / "root/include").symlink_to(api.parent)
    for name in ("libonnxruntime.so", "libonnxruntime.so.1"):
        (folder / "root/lib" / name).symlink_to(library)
    options = ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS=-Werror", f"-DONNXRUNTIME_ROOT={folder / 'root'}")
    places = (f"-DCMAKE_INCLUDE_PATH={JSON}",)
    for step in (("-S", EXAMPLES / "cpp", "-B", folder / "build", *options, *places), ("--build", folder / "build")):
        made = ran("cmake", *step)
        assert made.returncode == 0, made.stdout + made.stderr
    return lambda path: ran(folder / "build/selftest", path)


@pytest.fixture(scope="session")
def cpp_stand_in(tmp_path_factory: pytest.TempPathFactory) -> Program:
    compilers = [[found] for name in ("c++", "g++", "clang++") if (found := shutil.which(name))]
    if find_spec("ziglang"):
        compilers.append([sys.executable, "-m", "ziglang", "c++"])
    if not compilers:
        pytest.skip(
            "examples/cpp: no C++ compiler is installed. On Debian: apt install g++; elsewhere: pip install ziglang"
        )
    program = tmp_path_factory.mktemp("cpp") / "selftest"
    flags = ("-std=c++17", "-Wall", "-Wextra", "-Werror", "-isystem", STAND_IN, "-isystem", JSON)
    made = ran(*compilers[0], *flags, EXAMPLES / "cpp/selftest.cpp", "-o", program)
    assert made.returncode == 0, made.stdout + made.stderr
    return lambda path: ran(program, path, ZOO_STAND_IN_PYTHON=sys.executable, ZOO_STAND_IN=str(SERVE))


REAL = pytest.mark.thorough("of examples/ on the real runtimes for JavaScript and C++")


@pytest.fixture(
    params=[
        pytest.param("javascript", marks=REAL),
        "javascript_stand_in",
        pytest.param("cpp", marks=REAL),
        "cpp_stand_in",
    ]
)
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
