"""`zoo data list`, `fetch` and `info`."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="List, fetch and describe data sets.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of a data set (see `zoo data list`).")]


@app.command("list", epilog="Example: zoo data list")
def list_sources(as_json: Json = False) -> None:
    """List the available data sets with licence and size."""
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
    force: Annotated[bool, typer.Option("--force", help="Fetch the data set even if it is cached.")] = False,
) -> None:
    """Fetch a data set into the cache and verify its SHA-256. A cached data set is not fetched again."""
    from zoo.data.fetch import fetch as fetch_source

    console.line(str(fetch_source(name, progress=console.progress(), force=force)))


@app.command(epilog="Example: zoo data info hapt --recording 02-1 --csv 02-1.csv")
def info(
    name: NameArgument,
    recording: Annotated[
        str | None, typer.Option(metavar="NAME", help="Describe one recording of a sensor data set.")
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write that recording as CSV, for `zoo predict` to read."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Describe a data set (contents, licence, citation) or one of its recordings."""
    from zoo.cli import views_data as views
    from zoo.core.errors import DataError, FetchError
    from zoo.data.loading import load_source
    from zoo.data.sources import find_source
    from zoo.inputs import INPUTS

    try:
        data = load_source(name, progress=console.progress())
    except FetchError:
        # These facts are known without the data: licence, paper, publisher.
        facts = views.source_record(find_source(name))
        console.record(facts) if as_json else console.show(views.facts(facts))
        raise
    kind = INPUTS[data.kind]
    if csv is not None or recording is not None:
        if kind.sets.one is None:
            raise DataError(f"{name}: expected a data set of recordings, got {kind.words}, which have no names.")
        single = kind.sets.one(data, recording)
        if csv is not None:
            console.line(single.write(csv))
        else:
            console.record(single.facts) if as_json else console.show(views.facts(single.facts))
    else:
        facts = views.data_record(data, kind.sets.facts(data))
        console.record(facts) if as_json else console.show(views.facts(facts))
