"""A zoo of recurrent sequence models: train a recipe by name, export it to ONNX, run it anywhere.

`zoo.edge` needs only numpy and onnxruntime. Everything else is imported on first use, so a device that imports
`zoo.edge` loads nothing more.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo import export
    from zoo.recipe import Recipe
    from zoo.training import train

__all__ = ["Recipe", "export", "train"]


def __getattr__(name: str) -> Any:
    """Imports `train`, `export` or `Recipe` on first use."""
    match name:
        case "Recipe":
            from zoo.recipe import Recipe

            return Recipe
        case "train":
            from zoo.training import train

            return train
        case "export":
            # Not `import zoo.export`: that would call this function again while the package is half loaded.
            return importlib.import_module("zoo.export")
        case _:
            raise AttributeError(f"module 'zoo' has no attribute {name!r}")
