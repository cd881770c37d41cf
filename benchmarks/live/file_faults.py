"""Files that are not what was written: a bundle and a state, cut, changed, or of a newer version."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable

from benchmarks.live.faults import Provoke, Trial, compared, happened
from benchmarks.live.results import Fault

MODEL = "model.onnx"
#: Exit code of what can be mended by the user.
REFUSED = 2


def changed_bundle(title: str, done: str, change: Callable[[bytes], bytes]) -> Provoke:
    """A bundle whose model file is another one: it must be refused before a sample is taken."""

    def provoke(trial: Trial) -> Fault:
        copy = trial.folder / "bundle"
        shutil.copytree(trial.bundle, copy)
        file = copy / MODEL
        file.write_bytes(change(file.read_bytes()))
        one = trial.fed(trial.header + "".join(trial.rows), bundle=copy)
        told = happened(one, folder=trial.folder)
        return Fault(title, done, told, "nothing: it does not start",
                     one.code == REFUSED and one.clean and len(one.said) == 1 and not one.events)  # fmt: skip

    provoke.__name__ = title
    return provoke


def changed_state(title: str, done: str, change: Callable[[bytes], bytes]) -> Provoke:
    """A state that cannot be used: it is kept aside, and the monitor begins without it."""

    def provoke(trial: Trial) -> Fault:
        state = trial.folder / "state"
        trial.fed(trial.header + "".join(trial.rows[:100]), "--state", state)
        state.write_bytes(change(state.read_bytes()))
        one = trial.fed(trial.header + "".join(trial.rows), "--state", state)
        aside = state.with_name("state.bad").exists()
        told = f"{happened(one, 'samples', folder=trial.folder)}; {compared(one.events, trial.undisturbed)}"
        return Fault(title, done, told, "what was in the state; the file is kept as state.bad",
                     one.code == 0 and one.clean and aside and tuple(one.events) == trial.undisturbed)  # fmt: skip

    provoke.__name__ = title
    return provoke


def tampered(data: bytes) -> bytes:
    """One bit in the middle changed."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def truncated(data: bytes) -> bytes:
    """The first half."""
    return data[: len(data) // 2]


def newer_bundle(data: bytes) -> bytes:
    """A manifest that says it is of format version 9."""
    return re.sub(rb'("format_version": ?)\d', rb"\g<1>9", data)


def newer_state(data: bytes) -> bytes:
    """A whole state that says it is of version 99."""
    magic = data.partition(b" ")[0]
    state = json.loads(data.partition(b"\n")[2])
    body = json.dumps({**state, "version": 99}).encode()
    return b"%s %s\n%s\n" % (magic, hashlib.sha256(body).hexdigest().encode(), body)


FILE_FAULTS: tuple[Provoke, ...] = (
    changed_bundle("tampered bundle", "one bit of the model file changed", tampered),
    changed_bundle("truncated bundle", "the first half of the model file", truncated),
    changed_bundle("newer bundle", "a model file of a newer format version", newer_bundle),
    changed_state("tampered state", "one bit of the state file changed", tampered),
    changed_state("truncated state", "the first half of the state file", truncated),
    changed_state("newer state", "a state file of a newer version", newer_state),
)
