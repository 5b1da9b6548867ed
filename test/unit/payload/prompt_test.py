"""What the editor is told of training's tokens, and what a run does when the preview would send others."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers

from afina_chat import IGNORED, ChatEncoder
from afina_failures import BaseMissing, describe
from afina_prompt import PromptMismatch, pieces, prompts, require_expected, write_sample
from afina_spec import Base
from afina_tokenizer import cut_as_llama_cpp, gguf_text, load_tokenizer
from conftest import PAYLOAD, ROOT, finish, records, start, status_of

SMOLLM2 = ROOT / ".lab" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"


def base(**where: str) -> Base:
    return Base(**{"hf": None, "revision": None, "path": None, "gguf": None, **where})


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> Any:
    return load_tokenizer(base(path=str(tiny)), None, tiny, transformers)


def test_answers_with_tokens_texts_and_loss(tiny: Path) -> None:
    request = {"base": {"path": str(tiny)}, "chatTemplate": None, "records": records(2)}
    command = [sys.executable, "-B", str(PAYLOAD / "afina_prompt.py")]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    example = answer["records"][0]["examples"][0]
    assert len(example["ids"]) == len(example["pieces"]) == len(example["loss"])
    text = "".join(example["pieces"])
    assert text.startswith("<|im_start|>user\nO que é a embarca")
    learnt = "".join(piece for piece, loss in zip(example["pieces"], example["loss"], strict=True) if loss)
    assert learnt == "É um navio português.<|im_end|>"
    assert len(answer["tokenizer"]["templateSha256"]) == 64


def test_says_why_it_cannot_answer() -> None:
    request = {"base": {"path": "/nowhere"}, "chatTemplate": None, "records": []}
    command = [sys.executable, "-B", str(PAYLOAD / "afina_prompt.py")]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True)
    error = json.loads(done.stdout.splitlines()[-1])["error"]
    assert error["type"] == "base" and "/nowhere" in error["message"]


def test_a_sample_is_written_and_a_template_that_refuses_is_told(tmp_path: Path, tokenizer: Any) -> None:
    write_sample(tmp_path, tokenizer, records(9))
    sample = json.loads((tmp_path / "prompt_sample.json").read_text(encoding="utf-8"))
    assert [record["id"] for record in sample["records"]] == ["r-0", "r-1", "r-2", "r-3"]
    assert sample["records"][0]["messages"] == records(1)[0]["messages"]
    template = tokenizer.chat_template
    tokenizer.chat_template = "{{ raise_exception('never') }}"
    try:
        assert "never" in prompts(tokenizer, records(1))[0]["error"]
    finally:
        tokenizer.chat_template = template


def expect(folder: Path, tokenizer: Any, change: Callable[[list[int]], list[int]] = lambda ids: ids) -> None:
    encoder = ChatEncoder(tokenizer)
    entries = [
        {**record, "examples": [change(list(example.input_ids)) for example in encoder.encode(record["messages"])]}
        for record in records(2)
    ]
    text = json.dumps({"version": 1, "records": entries}, ensure_ascii=False)
    (folder / "prompt_expected.json").write_text(text, encoding="utf-8")


def test_prompts_that_agree_pass_and_others_name_the_token(tmp_path: Path, tokenizer: Any) -> None:
    require_expected(tmp_path, tokenizer)  # older submissions say nothing
    expect(tmp_path, tokenizer)
    require_expected(tmp_path, tokenizer)
    expect(tmp_path, tokenizer, lambda ids: [*ids[:4], 7, *ids[5:]])
    with pytest.raises(PromptMismatch, match=r"record r-0, example 1, token 5: training has .* \(\d+\), the preview .* \(7\)"):
        require_expected(tmp_path, tokenizer)
    expect(tmp_path, tokenizer, lambda ids: ids[:-1])
    with pytest.raises(PromptMismatch, match=r"the preview 'nothing' \(-\)"):
        require_expected(tmp_path, tokenizer)


def test_a_run_that_would_train_on_other_tokens_fails_before_the_weights(
    run_folder: Callable[..., Path], tokenizer: Any
) -> None:
    folder = run_folder()
    expect(folder, tokenizer, lambda ids: [*ids, 3])
    assert finish(folder, start(folder)) == 1
    error = status_of(folder)["error"]
    assert error["type"] == "template/parity" and "record r-0" in error["message"]
    assert "gibberish" in error["hint"]
    assert not (folder / "prompt_sample.json").exists()
    assert describe(PromptMismatch("x"), None)["type"] == "template/parity"


@pytest.mark.skipif(not SMOLLM2.exists(), reason="node test/lab/setup.mjs model")
def test_a_gguf_is_cut_into_words_as_llama_cpp_does() -> None:
    tokenizer = load_tokenizer(base(gguf=str(SMOLLM2)), None, Path("/"), transformers)
    # As GPT-2's, which transformers takes it for, the last line break would stand alone.
    assert pieces(tokenizer, tokenizer("a\n\n\n1")["input_ids"]) == ["a", "\n\n\n", "1"]
    assert gguf_text(SMOLLM2, "tokenizer.ggml.pre") == "smollm"
    assert gguf_text(SMOLLM2, "no.such.key") is None
    cut_as_llama_cpp(tokenizer, "llama-bpe")
    assert pieces(tokenizer, tokenizer("\n\nÉ")["input_ids"])[0] == "\n\n"


def test_a_damaged_gguf_is_no_crash(tmp_path: Path) -> None:
    file = tmp_path / "a.gguf"
    for content in (b"GGUF", b"GGUF" + b"\xff" * 40, b"GGUF\x03\0\0\0" + b"\0" * 8 + b"\x05" + b"\0" * 7):
        file.write_bytes(content)
        with pytest.raises(BaseMissing, match="damaged"):
            gguf_text(file, "tokenizer.ggml.pre")


def test_ignored_is_what_the_editor_calls_no_loss(tokenizer: Any) -> None:
    example = ChatEncoder(tokenizer).encode(records(1)[0]["messages"])[0]
    shown = prompts(tokenizer, records(1))[0]["examples"][0]
    assert shown["loss"] == [0 if label == IGNORED else 1 for label in example.labels]
