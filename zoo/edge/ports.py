"""The graph's inputs and outputs, held against what the manifest says of them."""

from zoo.core.errors import BundleError
from zoo.core.manifest import Manifest, State
from zoo.edge.sessions import Session

#: What to do about a graph that is not what its manifest says: the two were written together.
AGAIN = "Export the bundle again."


def check_ports(
    session: Session, manifest: Manifest, taken: tuple[str, tuple[int | None, ...]], axes: int, where: str
) -> None:
    """Holds the graph's inputs and outputs against the manifest.

    Args:
        session: the graph.
        manifest: what the bundle says of itself.
        taken: element type and sizes of the input, None where they are free.
        axes: of the output.
        where: the file, for messages.

    Raises:
        BundleError: a name, type, size or number of axes differs, or of the output the number of scores.
    """
    spec, output = manifest.input, manifest.output
    kind, sizes = taken
    wanted = (spec.name, kind, len(sizes))
    states = () if manifest.streaming is None else manifest.streaming.states
    kept = [(state.input, "tensor(float)", 1 + len(state.sizes)) for state in states]
    ports = [(port.name, port.type, len(port.shape)) for port in session.get_inputs()]
    if ports != [wanted, *kept]:
        alone = "" if kept else " alone"
        raise BundleError(f"{where}: expected the input {_ports([wanted, *kept])}{alone}, got {_ports(ports)}. {AGAIN}")
    features = session.get_inputs()[0].shape[-1]
    if sizes[-1] is not None and isinstance(features, int) and features != sizes[-1]:
        raise BundleError(f"{where}: expected an input of {sizes[-1]} features, got {features}. {AGAIN}")
    wanted = (output.name, "tensor(float)", axes)
    ports = [(port.name, port.type, len(port.shape)) for port in session.get_outputs()]
    for port in [wanted, *((state.output, "tensor(float)", 1 + len(state.sizes)) for state in states)]:
        if port not in ports:
            raise BundleError(f"{where}: expected the output {_port(*port)}, got {_ports(ports)}. {AGAIN}")
    _check_scores(session, manifest, where)
    if states:
        _check_states(session, states, where)


def _check_scores(session: Session, manifest: Manifest, where: str) -> None:
    """Holds the output's last axis against what names it, the labels or the vocabulary, where the graph fixes it."""
    labels = len(manifest.output.labels)
    wanted, each = (labels, "of output.labels") if labels else (manifest.input.vocabulary, "token of the vocabulary")
    (shape,) = (port.shape for port in session.get_outputs() if port.name == manifest.output.name)
    scores = shape[-1]
    if wanted and isinstance(scores, int) and scores != wanted:
        raise BundleError(
            f"{where}: expected '{manifest.output.name}' of {wanted} scores, one for each {each}, got {scores}. {AGAIN}"
        )


def _check_states(session: Session, states: tuple[State, ...], where: str) -> None:
    """Holds the sizes of the states against the manifest: memory is laid out by it."""
    sizes = {port.name: tuple(port.shape[1:]) for port in (*session.get_inputs(), *session.get_outputs())}
    for state in states:
        for name in (state.input, state.output):
            if sizes[name] != state.sizes:
                raise BundleError(f"{where}: expected '{name}' of sizes {state.sizes}, got {sizes[name]}. {AGAIN}")


def _port(name: str, kind: str, axes: int) -> str:
    return f"'{name}' {kind} with {axes} axes"


def _ports(ports: list[tuple[str, str, int]]) -> str:
    return "; ".join(_port(*port) for port in ports)
