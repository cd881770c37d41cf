"""Recordings as a row of the table of input kinds."""

from zoo.edge.inputs.recording import RECORDING as DEVICE
from zoo.inputs.kind import CardInput, Encoding, InputKind, Sets
from zoo.inputs.recording.facts import facts, one
from zoo.inputs.recording.files import read
from zoo.inputs.recording.golden import golden
from zoo.inputs.recording.specs import RecordingFiles, RecordingSource, default_split, problems
from zoo.inputs.recording.splitting import split_recordings
from zoo.inputs.recording.tracks import PLURALS, batch, clips, encode, input_of, shown, statistics, window_steps

SAMPLED = """\
stream = model.stream()  # live: keeps the state from sample to sample
for sample in sensor:  # (features,) each
    for {answer} in stream.push(sample):
        print({answer})"""

RECORDING = InputKind(
    device=DEVICE,
    words="recordings",
    layers="recordings",
    from_source=RecordingSource,
    from_files=RecordingFiles,
    problems=problems,
    default_split=default_split,
    sets=Sets(read=read, split=split_recordings, unseen=None, facts=facts, one=one),
    encoding=Encoding(
        learn=None,
        input=input_of,
        encode=encode,
        statistics=statistics,
        ways=tuple(PLURALS),
        whole="recording",
        clips=clips,
        window_steps=window_steps,
        shown=shown,
        batch=batch,
        padded=False,
    ),
    golden=golden,
    card=CardInput(
        "a sensor recording",
        "recording.csv",
        "values",
        SAMPLED,
        "zoo.inputs.recording",
        "  # values: (time, features) float32",
    ),
)
