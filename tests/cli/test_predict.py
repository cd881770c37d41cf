import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from zoo.cli import main

#: Packages that the base install lacks and prediction must not need.
FOREIGN = ("tensorflow", "keras", "onnx", "pydantic", "yaml", "matplotlib", "jinja2", "pypi_simple", "platformdirs")


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The lines that a command prints; it must succeed without a message."""
    code = main(arguments)
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out.splitlines()


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The message for a mistake of the user; the command must print nothing else."""
    code = main(arguments)
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    return err.strip()


def recording(folder: Path, *, header: str = "time_s,x,y", pulse: bool = True) -> Path:
    """40 s at 10 Hz; the first channel is 1 from 10 s to 12 s if there is a pulse."""
    rows = [f"{i / 10},{1.0 if pulse and 100 <= i < 120 else 0.0},0.5" for i in range(400)]
    path = folder / "night.csv"
    path.write_text("\n".join([header, *rows]), "utf-8")
    return path


@pytest.mark.usefixtures("exported")
class TestSentiment:
    def test_a_text(self, capsys: pytest.CaptureFixture[str]) -> None:
        (line,) = output(capsys, "predict", "sentiment", "good film")
        assert line == "positive  0.881  good film"

    def test_several_texts_as_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        records = [json.loads(line) for line in output(capsys, "predict", "sentiment", "good", "bad", "--json")]
        assert [record["label"] for record in records] == ["positive", "negative"]
        assert records[0]["input"] == "good"
        assert records[0]["scores"]["positive"] == pytest.approx(1 / (1 + np.exp(-4)), abs=1e-6)

    def test_a_file_with_one_text_per_line(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = tmp_path / "texts.txt"
        path.write_text("good film\n\n  \nbad film\n", "utf-8")
        lines = output(capsys, "predict", "exported/sentiment", str(path))
        assert [line.split()[0] for line in lines] == ["positive", "negative"]

    def test_standard_input(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("bad\ngood\n"))
        lines = output(capsys, "predict", "exported/sentiment/model.onnx", "-")
        assert [line.split()[0] for line in lines] == ["negative", "positive"]

    def test_a_long_text_is_shortened_except_in_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = "good " * 100_000
        (line,) = output(capsys, "predict", "sentiment", text)
        assert line.endswith("good…")
        assert len(line) < 100
        (line,) = output(capsys, "predict", "sentiment", text, "--json")
        assert json.loads(line)["input"] == text

    def test_an_empty_text_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert complaint(capsys, "predict", "sentiment", "").startswith("text: expected")

    @pytest.mark.parametrize("content", ["", " \n\t\n\n"])
    def test_a_file_without_a_text(self, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str) -> None:
        path = tmp_path / "texts.txt"
        path.write_text(content, "utf-8")
        assert complaint(capsys, "predict", "sentiment", str(path)) == f"{path}: expected a text a line, got none."

    def test_empty_standard_input(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        assert complaint(capsys, "predict", "sentiment", "-") == "standard input: expected a text a line, got none."

    def test_a_file_name_is_not_taken_for_a_text(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        assert complaint(capsys, "predict", "sentiment", "lost.txt").startswith("lost.txt: no such file. Give a text,")
        path = tmp_path / "texts.csv"
        path.write_text("text\ngood\n", "utf-8")
        assert complaint(capsys, "predict", "sentiment", str(path)).startswith(f"{path}: expected a text, a .txt file")
        named = tmp_path / "two words.txt"
        named.write_text("good\n", "utf-8")
        assert output(capsys, "predict", "sentiment", str(named))[0].startswith("positive")
        assert output(capsys, "predict", "sentiment", "so good " + "x" * 5000 + ".txt")[0].startswith("positive")

    def test_invalid_unicode_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = complaint(capsys, "predict", "sentiment", "good \udcff")
        assert text.startswith("text: expected Unicode text, got a character that is none at place 5.")

    def test_control_characters_do_not_reach_the_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        (line,) = output(capsys, "predict", "sentiment", "good \x1b[31m film\x07")
        assert line.endswith("  good [31m film")

    def test_a_file_in_another_encoding_is_refused(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = tmp_path / "texts.txt"
        path.write_bytes(b"good\xff\n")
        text = complaint(capsys, "predict", "sentiment", str(path))
        assert text == f"{path}: expected UTF-8 text, got byte 0xff. Save it as UTF-8."


@pytest.mark.usefixtures("exported")
class TestNextWord:
    def test_three_words_by_default(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = output(capsys, "predict", "next-word", "thank you very")
        assert lines[0] == "thank you very …"
        assert lines[1].split() == ["much", "0.943"]
        assert len(lines) == 4

    def test_the_end_of_a_long_text_is_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = output(capsys, "predict", "next-word", "much\n" * 1000 + "thank")
        assert lines[0].startswith("…")
        assert lines[0].endswith(" much thank …")
        assert len(lines[0]) < 80
        assert lines[1].startswith("  you")

    def test_top_sets_the_number_of_words(self, capsys: pytest.CaptureFixture[str]) -> None:
        (line,) = output(capsys, "predict", "next-word", "thank", "--top", "5", "--json")
        scores = json.loads(line)["scores"]
        assert next(iter(scores)) == "you"
        assert len(scores) == 5

    def test_complete_continues_a_text(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert output(capsys, "predict", "next-word", "thank", "--complete", "3") == ["thank you very much"]
        (line,) = output(capsys, "predict", "next-word", "thank", "--complete", "1", "--json")
        assert json.loads(line) == {"input": "thank", "completion": "thank you"}

    def test_top_and_complete_exclude_each_other(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = complaint(capsys, "predict", "next-word", "thank", "--complete", "3", "--top", "2")
        assert text == "--top and --complete: expected one of them, got both."

    def test_a_malformed_number_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = complaint(capsys, "predict", "next-word", "thank", "--top", "many")
        assert text.startswith("zoo predict: Invalid value for '--top': 'many' is not a valid int")
        assert text.endswith("See `zoo predict --help`.")


@pytest.mark.usefixtures("exported")
class TestEvents:
    def test_events_with_their_times(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = recording(tmp_path)
        head, event = output(capsys, "predict", "bed-exit", str(path))
        assert head == f"{path}: 1 bed-exit in 40 s"
        assert event.split() == ["bed-exit", "0:10.0", "to", "0:12.0", "score", "1.000"]

    def test_no_event(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = recording(tmp_path, pulse=False)
        assert output(capsys, "predict", "bed-exit", str(path)) == [
            f"{path}: no bed-exit in 40 s (highest score 0.000)"
        ]

    def test_json(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        (line,) = output(capsys, "predict", "bed-exit", str(recording(tmp_path)), "--json")
        record = json.loads(line)
        (event,) = record["events"]
        assert record["duration_s"] == 40
        assert (record["label"], event["label"]) == ("bed-exit", "bed-exit")
        assert (event["start_s"], event["end_s"]) == pytest.approx((10, 12))

    def test_columns_in_another_order_and_a_named_time_column(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        path = tmp_path / "night.csv"
        path.write_text("y;seconds;x\n" + "\n".join(f"0;{i / 10};{int(i >= 20)}" for i in range(50)), "utf-8")
        head, event = output(capsys, "predict", "bed-exit", str(path), "--time", "seconds")
        assert head.endswith("1 bed-exit in 5 s")
        assert "0:02.0 to 0:05.0" in event

    def test_standard_input(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(recording(tmp_path).read_text("utf-8")))
        assert output(capsys, "predict", "bed-exit", "-")[0] == "standard input: 1 bed-exit in 40 s"

    def test_numpy_files(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        values = np.zeros((80, 2), np.float32)
        values[40:60, 0] = 1
        np.save(tmp_path / "a.npy", values)
        np.savez(tmp_path / "b.npz", values=values, time_s=np.arange(80) / 20)
        np.savez(tmp_path / "c.npz", whatever=values)
        npy, timed, alone = (str(tmp_path / name) for name in ("a.npy", "b.npz", "c.npz"))
        assert output(capsys, "predict", "bed-exit", timed)[1].split()[1:4] == ["0:02.0", "to", "0:03.0"]
        lines = output(capsys, "predict", "bed-exit", npy, alone, "--rate", "10")
        assert [line.split()[1:4] for line in lines[1::2]] == [["0:04.0", "to", "0:06.0"]] * 2

    def test_unknown_rate(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        np.save(tmp_path / "a.npy", np.zeros((80, 2), np.float32))
        csv = recording(tmp_path, header="moment,x,y")
        for path in (tmp_path / "a.npy", csv):
            text = complaint(capsys, "predict", "bed-exit", str(path))
            assert text.startswith(f"{path}: has no column time_s, time or timestamp.")
            assert "--rate 10" in text

    def test_rate_must_be_positive_and_excludes_time(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        text = complaint(capsys, "predict", "bed-exit", str(recording(tmp_path)), "--rate", "0")
        assert text == "--rate: expected readings a second, above 0, got 0."
        text = complaint(capsys, "predict", "bed-exit", str(recording(tmp_path)), "--rate", "5", "--time", "time_s")
        assert text == "--rate and --time: expected one of them, got both. Leave one out."

    def test_a_missing_column(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = recording(tmp_path, header="time_s,x,yy")
        assert complaint(capsys, "predict", "bed-exit", str(path)).startswith(
            f"{path}: no column 'y'; did you mean 'yy'?"
        )

    def test_an_empty_file(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        (tmp_path / "empty.csv").touch()
        (tmp_path / "empty.npz").touch()
        assert "got an empty file" in complaint(capsys, "predict", "bed-exit", str(tmp_path / "empty.csv"))
        text = complaint(capsys, "predict", "bed-exit", str(tmp_path / "empty.npz"))
        assert text.startswith(f"{tmp_path / 'empty.npz'}: expected numbers as numpy saves them: ")

    def test_pickled_arrays_are_refused(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
        text = complaint(capsys, "predict", "bed-exit", str(tmp_path / "a.npy"), "--rate", "10")
        assert text.endswith("expected numbers as numpy saves them: got objects or another kind of file.")

    def test_several_arrays_without_the_expected_one(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", one=np.zeros(3), two=np.zeros(3))
        text = complaint(capsys, "predict", "bed-exit", str(tmp_path / "a.npz"), "--rate", "10")
        assert text == f"{tmp_path / 'a.npz'}: expected an array named 'values', got one, two. Save it by that name."

    def test_not_a_recording(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        (tmp_path / "a.wav").touch()
        assert complaint(capsys, "predict", "bed-exit", str(tmp_path / "a.wav")).endswith("got '.wav'.")
        assert complaint(capsys, "predict", "bed-exit", "lost.csv").startswith("lost.csv: no such file.")
        assert complaint(capsys, "predict", "bed-exit", "").startswith("'': no such file.")
        text = complaint(capsys, "predict", "bed-exit", str(tmp_path))
        assert text.startswith(f"{tmp_path}: expected a file, got a folder.")
        assert "no such file" in complaint(capsys, "predict", "bed-exit", "x" * 5000 + ".csv")

    def test_a_file_shorter_than_its_header_states_is_refused(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        np.save(tmp_path / "a.npy", np.zeros((500, 6)))
        content = (tmp_path / "a.npy").read_bytes().replace(b"(500, 6)", b"(50000000000, 6)")
        (tmp_path / "a.npy").write_bytes(content)
        text = complaint(capsys, "predict", "bed-exit", str(tmp_path / "a.npy"), "--rate", "10")
        assert text.startswith(f"{tmp_path / 'a.npy'}: expected numbers as numpy saves them: ")

    def test_values_beyond_the_range_of_the_sensor_are_refused(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        path = tmp_path / "a.npy"
        np.save(path, np.full((20, 2), 9.81))
        text = complaint(capsys, "predict", "bed-exit", str(path), "--rate", "10")
        assert text.startswith(f"{path}: values:")
        assert "9.81" in text


@pytest.mark.usefixtures("exported")
@pytest.mark.parametrize(
    ("bundle", "option", "kind"),
    [
        ("sentiment", ("--top", "2"), "next-word models; the task of sentiment is classification."),
        ("bed-exit", ("--complete", "2"), "next-word models; the task of bed-exit is event-detection."),
        ("next-word", ("--rate", "50"), "sensor recordings; the task of next-word is next-word."),
        ("sentiment", ("--time", "t"), "sensor recordings; the task of sentiment is classification."),
    ],
)
def test_options_for_other_models_are_refused(
    capsys: pytest.CaptureFixture[str], bundle: str, option: tuple[str, str], kind: str
) -> None:
    message = f"{option[0]}: applies only to {kind} Leave it out."
    assert complaint(capsys, "predict", bundle, "x", *option) == message


def test_an_unknown_bundle(capsys: pytest.CaptureFixture[str], exported: Path, tmp_path: Path) -> None:
    assert complaint(capsys, "predict", "bed-exti", "x") == "bed-exti: no such bundle; did you mean 'bed-exit'?"
    assert complaint(capsys, "predict", "qqq", "x").endswith("exported/ has: bed-exit, next-word, sentiment.")
    assert complaint(capsys, "predict", str(tmp_path), "x").startswith(
        f"{tmp_path}: expected a folder with a model.onnx"
    )


def test_an_empty_folder_of_bundles(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert complaint(capsys, "predict", "bed-exit", "x").endswith("exported/ is empty. Export one: zoo export.")


def test_a_truncated_bundle_is_refused(capsys: pytest.CaptureFixture[str], exported: Path, tmp_path: Path) -> None:
    content = (exported / "sentiment" / "model.onnx").read_bytes()
    half = tmp_path / "half.onnx"
    half.write_bytes(content[: len(content) // 2])
    assert complaint(capsys, "predict", str(half), "good").startswith(f"{half}: ")


def test_a_sensor_model_runs_without_the_packages_that_a_device_lacks(exported: Path, tmp_path: Path) -> None:
    """Runs with the packages beyond the base install blocked, and without tokenizers."""
    program = f"""
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {(*FOREIGN, "tokenizers")!r}:
            raise ModuleNotFoundError(name + " is blocked", name=name)
sys.meta_path.insert(0, Block())
from zoo.cli import main
sys.exit(main(["predict", "bed-exit", {str(recording(tmp_path))!r}, "--json"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=exported.parent,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["events"]) == 1


@pytest.mark.parametrize("arguments", [("--help",), ("predict", "sentiment", "good"), ("predict", "--help")])
def test_nothing_that_a_device_lacks_is_loaded(exported: Path, arguments: tuple[str, ...]) -> None:
    program = f"""
import sys
from zoo.cli import main
code = main({arguments!r})
loaded = sorted(set({FOREIGN!r}) & set(sys.modules))
sys.exit(f"loaded {{loaded}}" if loaded else code)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=exported.parent,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_output_that_cannot_encode_every_character(exported: Path, options: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "zoo", "predict", "next-word", "café thank", *options],
        cwd=exported.parent,
        env={**_environment(), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    if options:
        assert json.loads(done.stdout)["input"] == "café thank"
    else:
        assert done.stdout.startswith(r"caf\xe9 thank \u2026")


def _environment() -> dict[str, str]:
    """An environment in which the child imports the same zoo from any folder."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
