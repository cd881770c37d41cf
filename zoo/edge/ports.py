"""Checks the graph's inputs and outputs against the manifest."""

from zoo.core.errors import BundleError
from zoo.core.manifest import Manifest, State
from zoo.edge.sessions import Session

#: Remedy for a graph that does not match its manifest, since the two are written together.
AGAIN = "Export the bundle again."


def check_ports(
    session: Session, manifest: Manifest, taken: tuple[str, tuple[int | None, ...]], axes: int, where: str
) -> None:
    """Checks the graph's inputs and outputs against the manifest.

    Args:
        session: the graph.
        manifest: the bundle's manifest.
        taken: element type and sizes of the input, None where they are variable.
        axes: number of axes of the output.
        where: the file, for messages.

    Raises:
        BundleError: a name, type, size or number of axes differs, or the number of scores of the output.
    """
    spec, output = manifest.input, manifest.output
    kind, sizes = taken
    states = () if manifest.streaming is None else manifest.streaming.states
    state_ports = [(state.input, "tensor(float)", 1 + len(state.sizes)) for state in states]
    expected = [(spec.name, kind, len(sizes)), *state_ports]
    ports = [(port.name, port.type, len(port.shape)) for port in session.get_inputs()]
    if ports != expected:
        only = "" if state_ports else " only"
        raise BundleError(f"{where}: expected the input {_ports(expected)}{only}, got {_ports(ports)}. {AGAIN}")
    features = session.get_inputs()[0].shape[-1]
    if sizes[-1] is not None and isinstance(features, int) and features != sizes[-1]:
        raise BundleError(f"{where}: expected an input of {sizes[-1]} features, got {features}. {AGAIN}")
    expected = [(output.name, "tensor(float)", axes)]
    expected += [(state.output, "tensor(float)", 1 + len(state.sizes)) for state in states]
    ports = [(port.name, port.type, len(port.shape)) for port in session.get_outputs()]
    for port in expected:
        if port not in ports:
            raise BundleError(f"{where}: expected the output {_port(*port)}, got {_ports(ports)}. {AGAIN}")
    _check_scores(session, manifest, where)
    if states:
        _check_states(session, states, where)


def _check_scores(session: Session, manifest: Manifest, where: str) -> None:
    """Checks the size of the output's last axis, where the graph fixes it, against the labels or the vocabulary."""
    labels = len(manifest.output.labels)
    expected, each = (labels, "label in output.labels") if labels else (manifest.input.vocabulary, "vocabulary token")
    (shape,) = (port.shape for port in session.get_outputs() if port.name == manifest.output.name)
    scores = shape[-1]
    if expected and isinstance(scores, int) and scores != expected:
        raise BundleError(
            f"{where}: expected '{manifest.output.name}' with {expected} scores, one per {each}, got {scores}. {AGAIN}"
        )


def _check_states(session: Session, states: tuple[State, ...], where: str) -> None:
    """Checks the sizes of the states against the manifest, by which memory is allocated."""
    sizes = {port.name: tuple(port.shape[1:]) for port in (*session.get_inputs(), *session.get_outputs())}
    for state in states:
        for name in (state.input, state.output):
            if sizes[name] != state.sizes:
                raise BundleError(f"{where}: expected '{name}' with sizes {state.sizes}, got {sizes[name]}. {AGAIN}")


def _port(name: str, kind: str, axes: int) -> str:
    return f"'{name}' {kind} with {axes} axes"


def _ports(ports: list[tuple[str, str, int]]) -> str:
    return "; ".join(_port(*port) for port in ports)
