"""Measures every runtime and writes docs/runtimes.md: `cd tests && python -m portability`."""

import tempfile
from pathlib import Path

from portability.runtimes import RUNTIMES


def main() -> None:
    """Writes the document.

    Raises:
        SystemExit: a runtime is missing here: the document would forget what it cannot do.
    """
    # Not above: the processes that run the files import this module too, and need no Keras.
    from portability.document import DOCUMENT, render
    from portability.exports import write_exports
    from portability.measuring import measure_all

    missing = [f"{runtime.name}: {reason}" for runtime in RUNTIMES if (reason := runtime.missing())]
    if missing:
        raise SystemExit("\n".join(["expected every runtime, these are missing. Install them.", *missing]))
    with tempfile.TemporaryDirectory() as folder:
        exports, left_out = write_exports(Path(folder))
        for name, reason in left_out.items():
            print(f"not exported: {name}: {reason}")
        print(f"{len(exports)} exported, {len(left_out)} not")
        measured = measure_all(RUNTIMES, exports)
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(render(RUNTIMES, exports, measured), "utf-8")
    print(f"wrote {DOCUMENT}")


if __name__ == "__main__":
    main()
