"""Damaged files: a bundle and a state that are truncated, changed, or of a newer version."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable

from benchmarks.live.faults import Provoke, Trial, compared, outcome
from benchmarks.live.results import Fault

MODEL = "model.onnx"
#: Exit code of errors that the user can correct.
REFUSED = 2


def changed_bundle(title: str, cause: str, change: Callable[[bytes], bytes]) -> Provoke:
    """A bundle with a changed model file, which must be refused before the first sample is read."""

    def provoke(trial: Trial) -> Fault:
        copy = trial.folder / "bundle"
        shutil.copytree(trial.bundle, copy)
        file = copy / MODEL
        file.write_bytes(change(file.read_bytes()))
        end = trial.fed(trial.header + "".join(trial.rows), bundle=copy)
        result = outcome(end, folder=trial.folder)
        return Fault(title, cause, result, "nothing: it does not start",
                     end.code == REFUSED and end.clean and len(end.messages) == 1 and not end.events)  # fmt: skip

    provoke.__name__ = title
    return provoke


def changed_state(title: str, cause: str, change: Callable[[bytes], bytes]) -> Provoke:
    """A state that cannot be used: the monitor renames it and starts without it."""

    def provoke(trial: Trial) -> Fault:
        state = trial.folder / "state"
        trial.fed(trial.header + "".join(trial.rows[:100]), "--state", state)
        state.write_bytes(change(state.read_bytes()))
        end = trial.fed(trial.header + "".join(trial.rows), "--state", state)
        kept = state.with_name("state.bad").exists()
        result = f"{outcome(end, 'samples', folder=trial.folder)}; {compared(end.events, trial.undisturbed)}"
        return Fault(title, cause, result, "the contents of the state; the file is kept as state.bad",
                     end.code == 0 and end.clean and kept and tuple(end.events) == trial.undisturbed)  # fmt: skip

    provoke.__name__ = title
    return provoke


def tampered(data: bytes) -> bytes:
    """The data with one bit in the middle changed."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def truncated(data: bytes) -> bytes:
    """The first half."""
    return data[: len(data) // 2]


def newer_bundle(data: bytes) -> bytes:
    """A model file whose manifest has format version 9."""
    return re.sub(rb'("format_version": ?)\d', rb"\g<1>9", data)


def newer_state(data: bytes) -> bytes:
    """A complete state of version 99."""
    magic = data.partition(b" ")[0]
    state = json.loads(data.partition(b"\n")[2])
    body = json.dumps({**state, "version": 99}).encode()
    return b"%s %s\n%s\n" % (magic, hashlib.sha256(body).hexdigest().encode(), body)


FILE_FAULTS: tuple[Provoke, ...] = (
    changed_bundle("tampered bundle", "one bit of the model file changed", tampered),
    changed_bundle("truncated bundle", "only the first half of the model file", truncated),
    changed_bundle("newer bundle", "a model file of a newer format version", newer_bundle),
    changed_state("tampered state", "one bit of the state file changed", tampered),
    changed_state("truncated state", "only the first half of the state file", truncated),
    changed_state("newer state", "a state file of a newer version", newer_state),
)
