#!/usr/bin/env python3
"""What training makes of conversations, token by token, so that it can be held against what the preview sends.

The editor starts it with a request on stdin: {"base": …, "chatTemplate": …, "records": [{"id", "messages"}]}. It answers
with one line of JSON on stdout and loads no weights. The trainer uses the same functions for prompt_sample.json and to
compare a run's prompts with those that the submission expected.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

from afina_chat import IGNORED, ChatEncoder, Example, TemplateError
from afina_failures import describe
from afina_spec import read_base
from afina_status import replace_text
from afina_tokenizer import load_tokenizer

SAMPLE = "prompt_sample.json"
EXPECTED = "prompt_expected.json"
MOST_RECORDS = 4


class PromptMismatch(Exception):
    """Training would use other tokens than the preview sends."""


def facts(tokenizer: Any) -> dict[str, Any]:
    """What tells one tokenizer from another."""
    template = tokenizer.chat_template
    text = template if isinstance(template, str) else json.dumps(template, sort_keys=True)
    return {
        "class": type(tokenizer).__name__,
        "templateSha256": hashlib.sha256(text.encode("utf-8")).hexdigest() if template else None,
        "bos": tokenizer.bos_token,
        "eos": tokenizer.eos_token,
    }


def pieces(tokenizer: Any, ids: list[int]) -> list[str]:
    """What each token stands for, white space included; U+FFFD where it is a part of a character."""
    texts = []
    for token, raw in zip(ids, tokenizer.convert_ids_to_tokens(ids), strict=True):
        if raw is not None and ("\u2581" in raw or token in tokenizer.all_special_ids):
            texts.append(raw.replace("\u2581", " "))
        elif raw is not None and re.fullmatch(r"<0x[0-9A-F]{2}>", raw):
            texts.append(bytes([int(raw[3:5], 16)]).decode("utf-8", "replace"))
        else:
            texts.append(tokenizer.decode([token], clean_up_tokenization_spaces=False))
    return texts


def shown(tokenizer: Any, example: Example) -> dict[str, Any]:
    return {
        "ids": example.input_ids,
        "pieces": pieces(tokenizer, example.input_ids),
        "loss": [0 if label == IGNORED else 1 for label in example.labels],
    }


def prompts(tokenizer: Any, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry a record: its examples, or why the template refuses it."""
    encoder = ChatEncoder(tokenizer)
    found = []
    for record in records:
        entry: dict[str, Any] = {"id": record.get("id")}
        try:
            entry["examples"] = [shown(tokenizer, example) for example in encoder.encode(record["messages"])]
        except TemplateError as error:
            entry["error"] = str(error)
        found.append(entry)
    return found


def write_sample(run_dir: Path, tokenizer: Any, records: list[dict[str, Any]]) -> None:
    """prompt_sample.json: tokens and loss of a few records as this very run trains on them."""
    chosen = records[:MOST_RECORDS]
    entries = prompts(tokenizer, chosen)
    for entry, record in zip(entries, chosen, strict=True):
        entry["messages"] = [{"role": m["role"], "content": m["content"]} for m in record["messages"]]
    document = {"version": 1, "tokenizer": facts(tokenizer), "records": entries}
    replace_text(run_dir / SAMPLE, json.dumps(document, ensure_ascii=False) + "\n")


def require_expected(run_dir: Path, tokenizer: Any) -> None:
    """Raises PromptMismatch where training would use other tokens than the preview, as the submission wrote them down.

    Hub models are on no machine but the cluster, so this is the first moment at which their own tokenizer can be asked:
    seconds into the run, before any weight is trained.
    """
    file = run_dir / EXPECTED
    if not file.is_file():
        return
    encoder = ChatEncoder(tokenizer)
    for record in json.loads(file.read_text(encoding="utf-8"))["records"]:
        try:
            actual = [example.input_ids for example in encoder.encode(record["messages"])]
        except TemplateError as error:
            raise PromptMismatch(f"record {record['id']}: {error}") from error
        expected = record["examples"]
        if actual == expected:
            continue
        for number, (ours, theirs) in enumerate(zip(actual, expected)):
            at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
            if ours == theirs:
                continue
            words = [pieces(tokenizer, ids[at : at + 1]) or ["nothing"] for ids in (ours, theirs)]
            raise PromptMismatch(
                f"record {record['id']}, example {number + 1}, token {at + 1}: training has {words[0][0]!r} "
                f"({ours[at] if at < len(ours) else '-'}), the preview {words[1][0]!r} ({theirs[at] if at < len(theirs) else '-'})"
            )
        raise PromptMismatch(f"record {record['id']}: training makes {len(actual)} examples, the preview {len(expected)}")


def main() -> int:
    request = json.load(sys.stdin)
    try:
        import transformers

        transformers.utils.logging.set_verbosity_error()
        base = read_base(request["base"])
        tokenizer = load_tokenizer(base, request["chatTemplate"], Path.cwd(), transformers)
        answer = {
            "version": 1,
            "transformers": transformers.__version__,
            "tokenizer": facts(tokenizer),
            "records": prompts(tokenizer, request["records"]),
        }
    except Exception as error:
        answer = {"version": 1, "error": describe(error, None)}
    print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
