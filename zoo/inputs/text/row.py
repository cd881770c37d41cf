"""Texts as a row of the table of input kinds."""

from zoo.edge.inputs.text import TEXT as DEVICE
from zoo.inputs.kind import CardInput, Encoding, InputKind, Sets
from zoo.inputs.text.facts import facts
from zoo.inputs.text.files import read
from zoo.inputs.text.specs import TextFiles, TextSource, default_split, problems
from zoo.inputs.text.splitting import split_texts
from zoo.inputs.text.texts import batch, clips, encode, golden, input_of, learn, shown, statistics, unseen

TYPED = """\
stream = model.stream()  # a text as it is typed: each word is one step
print(stream.push("thank"))"""

TEXT = InputKind(
    device=DEVICE,
    words="texts",
    layers="tokens",
    from_source=TextSource,
    from_files=TextFiles,
    problems=problems,
    default_split=default_split,
    sets=Sets(read=read, split=split_texts, unseen=unseen, facts=facts, one=None),
    encoding=Encoding(
        learn=learn,
        input=input_of,
        encode=encode,
        statistics=statistics,
        ways=(),
        whole=None,
        clips=clips,
        window_steps=lambda recipe, by: None,
        shown=shown,
        batch=batch,
        padded=True,
    ),
    golden=golden,
    card=CardInput("a text", '"what a waste of two hours"', '"what a waste of two hours"', TYPED, "zoo.inputs.text"),
)
