"""The reference of the data sets, from their table."""

from collections.abc import Iterator

from zoo.core.words import size
from zoo.data.sources import SOURCES, Source


def data_sets() -> str:
    """A chapter for each data set: what it holds, licence, citation and size."""
    return "\n".join(line for source in SOURCES.values() for line in _chapter(source))


def _chapter(source: Source) -> Iterator[str]:
    features = ", ".join(f"`{feature.name}` {feature.unit}".strip() for feature in source.features)
    facts = {
        "Kind": source.kind,
        "Channels": features,
        "Labels": ", ".join(source.labels),
        "Parts": ", ".join(f"`{part}`" for part in source.parts),
        "File": size(source.file.size),
        "Download": size(source.artefact.file.size) if source.artefact else "",
        "Licence": source.licence,
        "Publisher": f"<{source.url}>",
        "Citation": source.cite,
        "Limits": source.limits,
    }
    yield f"## `{source.name}` {{ #{source.name} }}\n"
    yield f"{source.title}.\n"
    yield "| | |\n|---|---|"
    yield from (f"| {name} | {value} |" for name, value in facts.items() if value)
    yield ""
