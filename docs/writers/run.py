"""Runs the commands and the code of pages as a reader would, each page from top to bottom in a folder of its own.

* A `console` block has commands behind `$` and, below each, what it prints. A command that ends in `# exit 2` must end
  with that exit code.
* The `python` blocks of a page run in one process. A block marked `<!-- output -->` has what the one before it prints.
* A block with a title is written to the file of that name.
* `…` stands for any text; on a line of its own, for any number of lines.
* `<!-- slow -->` before a block: it runs with `--slow` alone, in a clone. `<!-- not run: why -->`: it never runs.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from docs.writers import files
from docs.writers.blocks import Block, blocks
from docs.writers.files import ROOT

#: What of the checkout a page may use.
PARTS = ("docs", "examples", "exported", "recipes")
_EXIT = re.compile(r"\s+# exit (\d+)\Z")
#: Seconds that one quick command may take.
LONGEST_S = 600

#: Runs one piece of code after the other with the same names: code as JSON in, [error, output] as JSON out.
_INTERPRETER = """
import contextlib, io, json, sys, traceback
names, answers = {"__name__": "__main__"}, sys.stdout
for line in sys.stdin:
    output, error = io.StringIO(), ""
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            exec(compile(json.loads(line), "<page>", "exec"), names)
        except BaseException:
            error = traceback.format_exc()
    print(json.dumps([error, output.getvalue()]), file=answers, flush=True)
"""


class PageError(Exception):
    """A block does not do what its page says."""


class Page:
    """A page that is being run.

    Args:
        file: the page.
        folder: where its commands run and its files are written.
        slow: whether slow blocks run too.
    """

    def __init__(self, file: Path, folder: Path, slow: bool) -> None:
        self._file, self._folder, self._slow = file, folder, slow
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
            "PYTHONWARNINGS": "ignore",
        }
        self._python: subprocess.Popen[str] | None = None
        self._printed: str | None = None

    def run(self) -> int:
        """Runs its blocks; returns how many of them ran.

        Raises:
            PageError: a command or code fails, or prints something else than the page shows.
        """
        try:
            return sum(self._block(block) for block in blocks(self._file))
        finally:
            self._stop()

    def _block(self, block: Block) -> bool:
        if block.mark == "not run" or (block.mark == "slow" and not self._slow):
            self._printed = None
            return False
        if block.title is not None:
            file = self._folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")
            return True
        if block.mark == "output":
            if self._printed is not None:
                self._compare(block, "the block before", block.text, self._printed)
            return self._printed is not None
        match block.language:
            case "console":
                self._commands(block)
            case "python":
                self._printed = self._code(block)
            case _:
                return False
        return True

    def _commands(self, block: Block) -> None:
        for command, expected in commands(block.text):
            code = _EXIT.search(command)
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", command],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=None if self._slow else LONGEST_S,
            )
            if done.returncode != (int(code[1]) if code else 0):
                raise self._error(block, f"`{command}` ended with {done.returncode}:\n{done.stdout}")
            if expected:
                self._compare(block, f"`{command}`", expected, done.stdout)

    def _code(self, block: Block) -> str:
        if self._python is None:
            self._python = subprocess.Popen(
                [sys.executable, "-c", _INTERPRETER],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        assert self._python.stdin is not None
        assert self._python.stdout is not None
        print(json.dumps(block.text), file=self._python.stdin, flush=True)
        answer = self._python.stdout.readline()
        if not answer:
            raise self._error(block, "the interpreter ended")
        error, printed = json.loads(answer)
        if error:
            raise self._error(block, error)
        return printed

    def _compare(self, block: Block, what: str, expected: str, printed: str) -> None:
        if not alike(expected, printed):
            raise self._error(block, f"{what} was to print\n{expected}\nbut printed\n{printed}")

    def _error(self, block: Block, text: str) -> PageError:
        return PageError(f"{self._file}:{block.line}: {text}")

    def _stop(self) -> None:
        if self._python is not None:
            with self._python:
                self._python.kill()


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the lines that it is to print; "" if it shows none."""
    command, printed = "", list[str]()
    for line in text.splitlines():
        if command.endswith("\\"):
            command += f"\n{line}"
        elif line.startswith("$ "):
            if command:
                yield command, "\n".join(printed)
            command, printed = line[2:], []
        else:
            printed.append(line)
    if command:
        yield command, "\n".join(printed)


def alike(expected: str, printed: str) -> bool:
    """Whether a text is what a page shows, whose `…` stands for any text, or on a line of its own for any lines."""
    pattern = ""
    for line in expected.strip("\n").splitlines():
        if line.strip() == "…":
            pattern += r"(?:.*\n)*"
        else:
            pattern += ".*".join(re.escape(part) for part in line.rstrip().split("…")) + r"\n"
    text = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch(pattern, text) is not None


@contextlib.contextmanager
def workplace(slow: bool) -> Iterator[Path]:
    """A folder to run a page in: a clone for slow pages, else copies of what pages use."""
    with tempfile.TemporaryDirectory(prefix="zoo-docs-") as name:
        folder = Path(name) / "sequence-zoo"
        if slow:
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        else:
            for part in PARTS:
                shutil.copytree(
                    ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
                )
        yield folder


def run(page: Path, slow: bool = False) -> int:
    """Runs one page; returns how many of its blocks ran.

    Raises:
        PageError: a block does not do what the page says.
    """
    with workplace(slow) as folder:
        return Page(page, folder, slow).run()


def pages() -> list[Path]:
    """The pages that have blocks to run: of README and all pages of the site, those with commands or Python."""
    return [page for page in files.pages() if any(_quick(block) for block in blocks(page))]


def _quick(block: Block) -> bool:
    return block.mark is None and block.title is None and block.language in ("console", "python")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the pages that are named, or all; 1 if one fails."""
    parser = argparse.ArgumentParser(prog="python -m docs.writers.run", description="Runs the code of pages.")
    parser.add_argument("--slow", action="store_true", help="run slow blocks as well, in a clone of the last commit")
    parser.add_argument("pages", type=Path, nargs="*", help="pages to run (all that are run in the tests)")
    options = parser.parse_args(arguments)
    failures = 0
    for page in options.pages or pages():
        try:
            print(f"{page}: {run(page.resolve(), options.slow)} blocks ran", flush=True)
        except PageError as error:
            failures += 1
            print(error, file=sys.stderr, flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
