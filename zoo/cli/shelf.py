"""The shelf `exported/`: one folder for each exported bundle, found by name."""

from pathlib import Path

from zoo.core.errors import BundleError
from zoo.core.manifest import Manifest
from zoo.core.names import nearest
from zoo.edge.manifests import read_manifest

#: In the working directory.
SHELF = Path("exported")


def names() -> list[str]:
    """What stands on the shelf."""
    return sorted(path.parent.name for path in SHELF.glob("*/model.onnx"))


def manifest(name: str) -> Manifest | None:
    """What the bundle of that name says of itself; None if there is no such bundle."""
    path = SHELF / name / "manifest.json"
    return read_manifest(path.read_text("utf-8", errors="replace"), str(path)) if path.is_file() else None


def find(what: str) -> Path:
    """The bundle that the user means.

    Args:
        what: a folder with a model.onnx, an .onnx file, or a name on the shelf.

    Raises:
        BundleError: there is none; offers the nearest name on the shelf.
    """
    for path in (Path(what), SHELF / what):
        if is_bundle(path):
            return path
    if Path(what).exists():
        raise BundleError(
            f"{what or repr(what)}: expected a folder with a model.onnx, or an .onnx file. `zoo export` writes one."
        )
    near = nearest(Path(what).name, names())
    if near:
        raise BundleError(f"{what}: no such bundle; did you mean '{near}'?")
    known = f"{SHELF}/ has: {', '.join(names())}." if names() else f"{SHELF}/ is empty: `zoo export` fills it."
    raise BundleError(f"{what}: expected a bundle's folder, an .onnx file or a name in {SHELF}/. {known}")


def path_of(what: str) -> Path:
    """What the user means, even if it is no bundle or not there: a path, or a name on the shelf."""
    return next((path for path in (Path(what), SHELF / what) if is_bundle(path)), Path(what))


def is_bundle(path: Path) -> bool:
    """Whether this is a bundle, as far as names go."""
    return (path / "model.onnx").is_file() or (path.suffix == ".onnx" and path.is_file())
