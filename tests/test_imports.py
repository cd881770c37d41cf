"""The modules that each part of the zoo loads, in a fresh process: some parts are used without the others."""

import ast
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

#: Keras itself tries to load some of the missing modules; only code that needs them fails.
LOADED = "import sys; sys.modules.update(dict.fromkeys({missing})); {statement}; print(*sorted(sys.modules))"
OF_RECIPES = ("pydantic", "yaml", "matplotlib", "jinja2", "tokenizers")


def loaded(statement: str, missing: tuple[str, ...] = OF_RECIPES) -> set[str]:
    command = [sys.executable, "-c", LOADED.format(statement=statement, missing=missing)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    ["import zoo.exporter", "import zoo.fast", "from zoo.fast import losses, optimizers", "from zoo import export"],
)
def test_the_exporter_and_the_fast_layers_load_no_recipe_module(statement: str) -> None:
    modules = loaded(statement)
    assert "keras" in modules
    ours = {name.split(".")[1] for name in modules if name.startswith("zoo.")}
    assert ours <= {"core", "edge", "exporter", "export", "fast"}


ROOT = Path(__file__).parents[1]


def imported() -> set[tuple[str, str, str]]:
    """Every name that the zoo imports from itself, also within functions: file, module, name."""
    names: set[tuple[str, str, str]] = set()
    for path in [*ROOT.glob("zoo/**/*.py"), *ROOT.glob("benchmarks/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in ("zoo", "benchmarks"):
                names |= {(str(path.relative_to(ROOT)), str(node.module), alias.name) for alias in node.names}
    return names


def test_every_imported_name_exists() -> None:
    names = imported()
    assert len(names) > 1000
    sources = {}
    for _, module, _ in names:
        spec = find_spec(module)
        assert spec is not None, module
        assert spec.origin is not None, module
        sources[module] = Path(spec.origin).read_text("utf-8")
    for path, module, name in names:
        defined = re.search(rf"\b{name}\b", sources[module])
        assert defined or find_spec(f"{module}.{name}"), f"{path}: no {name} in {module}"


def test_the_core_loads_only_numpy() -> None:
    modules = loaded("import zoo.core.manifest, zoo.core.events, zoo.core.grid, zoo.core.tables, zoo.core.folder")
    assert "numpy" in modules
    assert not {"onnxruntime", "keras", "onnx"} & modules
    assert {name.split(".")[1] for name in modules if name.startswith("zoo.")} == {"core"}


def test_zoo_export_also_exposes_the_names_of_bundles() -> None:
    from zoo import bundles, export

    for name in export.__all__:
        assert getattr(export, name) is getattr(export if name == "to_onnx" else bundles, name)
    with pytest.raises(AttributeError, match=r"^module 'zoo\.export' has no attribute 'to_tflite'$"):
        _ = export.to_tflite  # pyright: ignore[reportAttributeAccessIssue]
