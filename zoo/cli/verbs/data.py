"""`zoo data list`, `fetch` and `info`."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="The data sets: list them, fetch one, look into one.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A data set's name, as `zoo data list` shows it.")]


@app.command("list", epilog="Example: zoo data list")
def list_sources(as_json: Json = False) -> None:
    """List the data sets that the zoo knows, with licence and size."""
    from zoo.cli import views_data as views
    from zoo.data.sources import SOURCES

    if as_json:
        for source in SOURCES.values():
            console.record(views.source_record(source))
    else:
        console.show(views.sources(SOURCES.values()))


@app.command(epilog="Example: zoo data fetch hapt")
def fetch(
    name: NameArgument,
    force: Annotated[bool, typer.Option("--force", help="Fetch it again, even if it is here.")] = False,
) -> None:
    """Fetch a data set into the cache, checked by its sha256; nothing is fetched twice."""
    from zoo.data.fetch import fetch as fetch_source

    console.line(str(fetch_source(name, progress=console.progress(), force=force)))


@app.command(epilog="Example: zoo data info hapt --recording 02-1 --csv 02-1.csv")
def info(
    name: NameArgument,
    recording: Annotated[
        str | None, typer.Option(metavar="NAME", help="One recording of a sensor set, instead of all of it.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write that recording as CSV, for `zoo predict` to read.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look into a data set: how much of what, licence, citation; or into one recording."""
    from zoo.cli import views_data as views
    from zoo.core.errors import DataError, FetchError
    from zoo.data.loading import load_source
    from zoo.data.sources import find
    from zoo.inputs import INPUTS

    try:
        data = load_source(name, progress=console.progress())
    except FetchError:
        # What is known without the data: its licence, its paper, its publisher.
        facts = views.source_record(find(name))
        console.record(facts) if as_json else console.show(views.facts(facts))
        raise
    kind = INPUTS[data.kind]
    if csv is not None or recording is not None:
        if kind.sets.one is None:
            raise DataError(f"{name}: expected a data set of recordings, got {kind.words}, which have no names.")
        one = kind.sets.one(data, recording)
        if csv is not None:
            console.line(one.write(csv))
        else:
            console.record(one.facts) if as_json else console.show(views.facts(one.facts))
    else:
        facts = views.data_record(data, kind.sets.facts(data))
        console.record(facts) if as_json else console.show(views.facts(facts))
