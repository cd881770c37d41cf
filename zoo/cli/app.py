"""The table of verbs."""

from typing import Annotated

import typer

from zoo.cli.verbs.bench import bench
from zoo.cli.verbs.check import check
from zoo.cli.verbs.data import app as data
from zoo.cli.verbs.doctor import doctor
from zoo.cli.verbs.evaluate import evaluate
from zoo.cli.verbs.export import export
from zoo.cli.verbs.list import list_recipes
from zoo.cli.verbs.predict import predict
from zoo.cli.verbs.run import run
from zoo.cli.verbs.schema import schema
from zoo.cli.verbs.show import show
from zoo.cli.verbs.train import train
from zoo.cli.verbs.watch import watch

app = typer.Typer(
    name="zoo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"zoo {version('sequence-zoo')}")
        raise typer.Exit


@app.callback(epilog="Start here: zoo run bed-exit")
def zoo(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Print a traceback for errors. Also accepted after the command.")
    ] = False,
) -> None:
    """Train recurrent sequence models from recipes, export them to verified ONNX files, and run them anywhere."""


app.command("list", epilog="Example: zoo list --json")(list_recipes)
app.command(epilog="Example: zoo show bed-exit --set model.cell=lstm")(show)
app.command(epilog="Example: zoo check my-recipe.yaml")(check)
app.command(epilog="Example: zoo schema data.max_gap_s")(schema)
app.add_typer(data, name="data")
app.command(epilog="Example: zoo train sentiment --set training.epochs=3 --seed 1")(train)
app.command(epilog="Example: zoo evaluate exported/sentiment --data imdb")(evaluate)
app.command(epilog="Example: zoo export my-model.keras -o exported/my-model")(export)
app.command(epilog="Example: zoo run bed-exit")(run)
app.command(epilog='Example: zoo predict exported/sentiment "what a waste of two hours"')(predict)
app.command(epilog="Example: zoo watch exported/bed-exit --mqtt localhost --topic ward/7")(watch)
app.command(epilog="Example: zoo doctor exported/bed-exit")(doctor)
app.command(epilog="Example: zoo bench exported/bed-exit --threads 1..2")(bench)
