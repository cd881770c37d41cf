"""`zoo run`."""

from zoo.cli import console
from zoo.cli.options import Out, Overrides, RecipeArgument, Resume, Seed, again, overrides
from zoo.core.errors import DataError, InputError


def run(
    recipe: RecipeArgument,
    settings: Overrides = None,
    seed: Seed = None,
    resume: Resume = False,
    out: Out = None,
) -> None:
    """Train, score and export a recipe, score the ONNX file, and show its predictions on held-out input."""
    from zoo.cli import exported, views
    from zoo.recipe import Recipe

    resolved = Recipe.load(recipe, overrides(settings, seed))
    console.load_tensorflow()
    from zoo import export, training
    from zoo.bundles import demo
    from zoo.edge import load

    progress = console.progress()
    with console.resumable(again("run", recipe, settings, seed)):
        trained = training.train(resolved, resume=resume, progress=progress)
    console.show(views.finished(trained))
    bundle = export.export_run(trained, out or exported.FOLDER / resolved.name, progress=progress)
    console.show(views.exported(bundle), views.compared(bundle))
    try:
        example = demo.held_out_example(resolved, load(bundle.folder), progress=progress)
    except (DataError, InputError) as error:
        progress.note(f"No prediction on held-out input is shown: {error}")
    else:
        console.show(views.example(example))
