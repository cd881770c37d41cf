"""Reads manifests and checks that they contradict neither their input kind nor their task."""

import dataclasses
from collections.abc import Iterator

from zoo.core.contradictions import contradictions, unused
from zoo.core.errors import BundleError
from zoo.core.manifest import Manifest
from zoo.edge.inputs import INPUTS
from zoo.edge.inputs.kind import Contradiction
from zoo.edge.tasks import TASKS, named


def read_manifest(text: str, where: str = "manifest") -> Manifest:
    """Reads a manifest.

    Args:
        text: what `Manifest.to_json` wrote.
        where: location of the text, for messages.

    Raises:
        BundleError: the text is not JSON, was written for a newer reader, or contains an impossible value.
    """
    manifest = Manifest.from_json(text, where)
    manifest = dataclasses.replace(manifest, task=named(manifest.task))
    if manifest.task not in TASKS:
        known = " or ".join(repr(name) for name in TASKS)
        raise BundleError(f"{where}.task: expected {known}, got {manifest.task!r}. Upgrade sequence-zoo.")
    if contradiction := next(_contradictions(manifest), None):
        raise BundleError(f"{where}.{contradiction[0]}: expected {contradiction[1]}. Export the bundle again.")
    return manifest


def _contradictions(manifest: Manifest) -> Iterator[Contradiction]:
    task, kind = TASKS[manifest.task], manifest.input.kind
    if kind not in task.reads:
        expected = " or ".join(f"'{name}'" for name in sorted(task.reads))
        yield "input.kind", f"{expected} for {task.name}, got '{kind}'"
        return
    yield from INPUTS[kind].contradictions(manifest)
    if bool(manifest.events) != task.events:
        with_events = " or ".join(row.name for row in TASKS.values() if row.events)
        yield "events", f"rules for {with_events}, and none for other tasks"
    yield from unused(manifest.output, task.uses, task.name)
    yield from task.contradictions(manifest)
    yield from contradictions(manifest)
