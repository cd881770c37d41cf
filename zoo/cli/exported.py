"""The folder `exported/`, which holds one folder per exported bundle, found by name."""

from pathlib import Path

from zoo.core.errors import BundleError
from zoo.core.manifest import Manifest
from zoo.core.names import nearest
from zoo.edge.manifests import read_manifest

#: The folder, in the working directory.
FOLDER = Path("exported")


def names() -> list[str]:
    """The names of the exported bundles."""
    return sorted(path.parent.name for path in FOLDER.glob("*/model.onnx"))


def manifest(name: str) -> Manifest | None:
    """The manifest of the bundle with that name; None if there is no such bundle."""
    path = FOLDER / name / "manifest.json"
    return read_manifest(path.read_text("utf-8", errors="replace"), str(path)) if path.is_file() else None


def bundle_path(what: str) -> Path:
    """Finds a bundle.

    Args:
        what: a folder with a model.onnx, an .onnx file, or the name of an exported bundle.

    Raises:
        BundleError: there is no such bundle; the message suggests the nearest name.
    """
    for path in (Path(what), FOLDER / what):
        if is_bundle(path):
            return path
    if Path(what).exists():
        raise BundleError(
            f"{what or repr(what)}: expected a folder with a model.onnx, or an .onnx file. `zoo export` writes one."
        )
    near = nearest(Path(what).name, names())
    if near:
        raise BundleError(f"{what}: no such bundle; did you mean '{near}'?")
    available = f"{FOLDER}/ has: {', '.join(names())}." if names() else f"{FOLDER}/ is empty. Export one: zoo export."
    raise BundleError(f"{what}: expected a bundle's folder, an .onnx file or a name in {FOLDER}/. {available}")


def path_of(what: str) -> Path:
    """The path of an exported bundle's name or of anything else, whether or not it is a bundle or exists."""
    return next((path for path in (Path(what), FOLDER / what) if is_bundle(path)), Path(what))


def is_bundle(path: Path) -> bool:
    """Whether the path looks like a bundle, judging by names alone."""
    return (path / "model.onnx").is_file() or (path.suffix == ".onnx" and path.is_file())
