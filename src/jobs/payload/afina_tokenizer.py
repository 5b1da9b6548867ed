"""The tokenizer that trains: from the hub, a folder, or a GGUF, whose words it must cut as llama.cpp does."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

from afina_failures import BaseMissing
from afina_spec import Base

# Bytes of GGUF's scalar types; 8 is a string, 9 an array.
WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

# From llama.cpp's llama-vocab.cpp, by `tokenizer.ggml.pre`: transformers reads a GGUF as if all of them were GPT-2's,
# and so cuts digits and line breaks otherwise.
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SINGLE_DIGITS = {"smollm", "codeshell", "exaone", "starcoder", "refact", "command-r"}
PATTERNS = {
    **dict.fromkeys(("llama3", "llama-v3", "llama-bpe", "falcon3", "pixtral"), WORDS % "{1,3}"),
    **dict.fromkeys(("qwen2", "deepseek-r1-qwen"), WORDS % ""),
}


def locate(base: Base, folder: Path) -> tuple[str, dict[str, Any]]:
    """Name and arguments for transformers' from_pretrained. Raises BaseMissing."""
    if base.gguf is not None:
        file = folder / base.gguf  # an absolute path stays as it is
        if not file.is_file():
            raise BaseMissing(f"base model not found: {file}")
        with open(file, "rb") as stream:
            if stream.read(4) != b"GGUF":
                raise BaseMissing(f"not a GGUF file: {file}")
        return str(file.parent), {"gguf_file": file.name}
    if base.path is not None:
        if not (Path(base.path) / "config.json").is_file():
            raise BaseMissing(f"no model (config.json) in {base.path}")
        return base.path, {}
    return str(base.hf), {"revision": base.revision}


def load_tokenizer(base: Base, chat_template: str | None, folder: Path, transformers: Any) -> Any:
    """The tokenizer that trains, with the job's chat template where it has one."""
    name, where = locate(base, folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(name, **where)
    if base.gguf is not None:
        cut_as_llama_cpp(tokenizer, gguf_text(folder / base.gguf, "tokenizer.ggml.pre"))
    if chat_template is not None:
        tokenizer.chat_template = chat_template
    return tokenizer


def cut_as_llama_cpp(tokenizer: Any, pre: str | None) -> None:
    """Gives a byte-level tokenizer read from a GGUF the rules by which llama.cpp cuts text into words."""
    from tokenizers import Regex, pre_tokenizers

    if pre in SINGLE_DIGITS:
        words = [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    elif pre in PATTERNS:
        words = [
            pre_tokenizers.Split(Regex(PATTERNS[pre]), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    else:
        return
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(words)


def gguf_text(file: Path, wanted: str) -> str | None:
    """A text of a GGUF's metadata; None where it has none of that name. Raises BaseMissing for a damaged file."""
    try:
        with open(file, "rb") as stream:
            _magic, _version, _tensors, keys = struct.unpack("<4sIQQ", _take(stream, 24))
            for _ in range(keys):
                key = _string(stream)
                (kind,) = struct.unpack("<I", _take(stream, 4))
                if kind == 8:
                    value = _string(stream)
                    if key == wanted:
                        return value
                elif kind == 9:
                    _skip_array(stream)
                else:
                    stream.seek(WIDTHS[kind], 1)
    except (KeyError, struct.error, UnicodeDecodeError, ValueError) as error:
        raise BaseMissing(f"{file} is damaged or not a valid GGUF file: {error}") from None
    return None


def _take(stream: BinaryIO, count: int) -> bytes:
    if count > 64 * 1024 * 1024:
        raise ValueError("a length that no file has")
    taken = stream.read(count)
    if len(taken) < count:
        raise ValueError("it ends too early")
    return taken


def _string(stream: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", _take(stream, 8))
    return _take(stream, length).decode("utf-8")


def _skip_array(stream: BinaryIO) -> None:
    kind, count = struct.unpack("<IQ", _take(stream, 12))
    if kind != 8:
        stream.seek(WIDTHS[kind] * count, 1)
        return
    for _ in range(count):
        (length,) = struct.unpack("<Q", _take(stream, 8))
        stream.seek(length, 1)
