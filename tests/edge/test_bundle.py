import dataclasses
import hashlib
import json

import pytest
from onnx import helper

from zoo.core.errors import BundleError
from zoo.core.manifest import Feature, Output, RecordingInput
from zoo.edge import load
from zoo.edge.bundle import NO_DIGEST, digest, read_bundle


def assert_refused(path, message):
    with pytest.raises(BundleError, match=message):
        load(path)


@pytest.fixture
def folder(threshold_parts, tmp_path):
    return threshold_parts.write(tmp_path / "bed-exit")


def test_the_digest_ignores_its_own_characters_in_the_file():
    recorded = "5a" * 32
    model = b"before " + recorded.encode() + b" after"
    blank = b"before " + b"0" * 64 + b" after"
    assert digest(model, recorded) == digest(blank, NO_DIGEST) == hashlib.sha256(blank).hexdigest()


def test_a_bundle_is_read_completely(threshold_parts, folder):
    model, manifest = threshold_parts.sealed()
    contents = read_bundle(folder)
    assert contents.path == folder / "model.onnx"
    assert contents.model == model
    assert contents.manifest == manifest
    assert contents.tokenizer is None
    assert json.loads(contents.selftest)[0]["label"] == "none"


def test_the_onnx_file_alone_is_sufficient(folder, tmp_path):
    alone = (folder / "model.onnx").rename(tmp_path / "copied.onnx")
    assert load(str(alone)).manifest.name == "hand-made"


def test_a_path_that_is_not_a_bundle_is_refused(tmp_path):
    assert_refused(tmp_path / "bed-exti", r"bed-exti: expected a bundle's folder or \.onnx file, got nothing there\.")
    (tmp_path / "empty").mkdir()
    assert_refused(tmp_path / "empty", r"empty: expected a bundle, got a folder without model\.onnx\.")
    (tmp_path / "model.keras").write_bytes(b"PK")
    assert_refused(tmp_path / "model.keras", r"expected a bundle's folder or \.onnx file, got a file 'model\.keras'\.")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "model.onnx" / "model.onnx").mkdir(parents=True)
    assert_refused(tmp_path, r"expected a bundle, got a folder without model\.onnx\.")


def test_a_truncated_bundle_is_refused(folder):
    file = folder / "model.onnx"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert_refused(folder, rf"model\.onnx: the file is cut short at {len(whole) // 2} bytes\. Copy it again\.")
    file.write_bytes(b"")
    assert_refused(folder, r"model\.onnx: expected an ONNX file, got an empty file\. Copy it again\.")


def test_a_changed_bit_in_a_weight_is_refused(folder):
    file = folder / "model.onnx"
    model = bytearray(file.read_bytes())
    model[model.index(b"\x00\x00\x20\x41")] ^= 1  # 10.0 as float32
    file.write_bytes(model)
    assert_refused(
        folder, r"model\.onnx: the file is damaged: expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}\. Copy it again"
    )


def test_a_changed_threshold_is_refused(folder):
    file = folder / "model.onnx"
    file.write_bytes(file.read_bytes().replace(b'"threshold": 0.5', b'"threshold": 0.9'))
    assert_refused(folder, r"the file is damaged: expected sha256")


def test_an_onnx_file_of_another_origin_is_refused(threshold_parts, tmp_path):
    model = helper.make_model(threshold_parts.graph, ir_version=8)
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    message = (
        r"model\.onnx: expected a bundle of the zoo, got an ONNX file without the metadata 'zoo\.manifest'\. "
        r"Export a run with: zoo export\. To run the ONNX file of your own Keras model, use onnxruntime directly\."
    )
    assert_refused(tmp_path, message)


def test_a_sidecar_that_differs_from_the_manifest_is_refused(folder):
    sidecar = folder / "manifest.json"
    plain = json.loads(sidecar.read_text())
    sidecar.write_bytes(json.dumps(plain, indent=4).replace("\n", "\r\n").encode())
    assert load(folder).manifest.name == "hand-made"
    sidecar.write_text(json.dumps({**plain, "name": "other"}))
    assert_refused(
        folder, r"manifest\.json: expected the manifest of model\.onnx, got another one\. Export the bundle again\."
    )
    sidecar.write_text("[" * 200_000)
    with pytest.raises(BundleError, match=r"manifest\.json: cannot be read: .*recursion.*\. Export the bundle again"):
        load(folder)
    sidecar.write_text("{")
    assert_refused(folder, r"manifest\.json: cannot be read: .*\. Export the bundle again\.")
    sidecar.unlink()
    assert load(folder).manifest.name == "hand-made"


def test_another_tokeniser_than_the_manifests_is_refused(sentiment_parts, tmp_path):
    manifest = dataclasses.replace(sentiment_parts.manifest, tokenizer_sha256="12" * 32)
    path = dataclasses.replace(sentiment_parts, manifest=manifest).write(tmp_path / "b")
    assert_refused(
        path, r"model\.onnx: tokenizer: expected sha256 1212.*12, got [0-9a-f]{64}\. Export the bundle again\."
    )


def test_a_text_model_without_a_tokeniser_is_refused(sentiment_parts, tmp_path):
    path = dataclasses.replace(sentiment_parts, tokenizer=None).write(tmp_path / "b")
    assert_refused(path, r"model\.onnx: expected a tokeniser in the bundle, got none\. Export the bundle again\.")


def test_a_tokeniser_with_more_words_than_the_model_is_refused(sentiment_parts, tmp_path):
    spec = dataclasses.replace(sentiment_parts.manifest.input, vocabulary=5)
    manifest = dataclasses.replace(sentiment_parts.manifest, input=spec)
    path = dataclasses.replace(sentiment_parts, manifest=manifest).write(tmp_path / "b")
    assert_refused(
        path, r"expected a tokeniser of at most 5 words, the model's vocabulary, got 8\. Export the bundle again\."
    )


def test_an_opset_that_onnxruntime_cannot_read_is_refused(threshold_parts, tmp_path):
    path = dataclasses.replace(threshold_parts, opset=99).write(tmp_path / "b")
    message = (
        r"model\.onnx: needs opset 99, this onnxruntime \(\d+\.\d+\) reads up to \d+\. "
        r"Upgrade onnxruntime to the newest, or export with --opset 17\."
    )
    assert_refused(path, message)


def test_an_ir_version_that_onnxruntime_cannot_read_is_refused(threshold_parts, tmp_path):
    path = dataclasses.replace(threshold_parts, ir_version=99).write(tmp_path / "b")
    message = (
        r"model\.onnx: needs opset 17 and ONNX IR version 99, "
        r"this onnxruntime \(\d+\.\d+\) reads up to IR version \d+\. "
        r"Upgrade onnxruntime to the newest, or export with --opset 17\."
    )
    assert_refused(path, message)


def test_an_unknown_operator_is_refused(threshold_parts, tmp_path):
    graph = type(threshold_parts.graph)()
    graph.CopyFrom(threshold_parts.graph)
    graph.node[2].op_type = "Wish"
    path = dataclasses.replace(threshold_parts, graph=graph).write(tmp_path / "b")
    assert_refused(path, r"model\.onnx: this onnxruntime \(\d+\.\d+\) cannot run the file: .*Wish")


def relabelled(parts, *labels):
    output = dataclasses.replace(parts.manifest.output, labels=labels)
    return dataclasses.replace(parts, manifest=dataclasses.replace(parts.manifest, output=output))


def test_a_graph_whose_number_of_scores_differs_from_the_manifest_is_refused(
    threshold_parts, tagging_parts, window_parts, sentiment_parts, next_word_parts, tmp_path
):
    message = r"model\.onnx: expected 'output' with 3 scores, one per label in output\.labels, got 2\. Export"
    for name, parts in {"tags": tagging_parts, "windows": window_parts, "text": sentiment_parts}.items():
        assert_refused(relabelled(parts, "a", "b", "c").write(tmp_path / name), message)
    events = dataclasses.replace(threshold_parts, graph=tagging_parts.graph)
    assert_refused(
        events.write(tmp_path / "events"), r"expected 'output' with 1 scores, one per label in output\.labels, got 2\."
    )
    spec = dataclasses.replace(next_word_parts.manifest.input, vocabulary=9)
    words = dataclasses.replace(next_word_parts, manifest=dataclasses.replace(next_word_parts.manifest, input=spec))
    message = r"expected 'output' with 9 scores, one per vocabulary token, got 8\."
    assert_refused(words.write(tmp_path / "words"), message)


def test_a_graph_that_does_not_match_the_manifest_is_refused(threshold_parts, tmp_path):
    manifest = threshold_parts.manifest
    one_feature = RecordingInput((Feature("acc_x"),), 10.0)
    port = r"tensor\(float\) with 3 axes"
    cases = [
        (
            {"input": dataclasses.replace(manifest.input, name="samples")},
            rf"expected the input 'samples' {port} only, got 'input' {port}\.",
        ),
        (
            {"output": Output(("bed-exit",), name="scores")},
            rf"expected the output 'scores' {port}, got 'output' {port}\.",
        ),
        ({"input": one_feature}, r"expected an input of 1 features, got 2\."),
    ]
    for number, (changes, message) in enumerate(cases):
        changed = dataclasses.replace(threshold_parts, manifest=dataclasses.replace(manifest, **changes))
        assert_refused(changed.write(tmp_path / str(number)), message)
