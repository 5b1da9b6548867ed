"""How likely transformers finds the answers of conversations: log-probability and tokens, with the trainer's loss mask.

    python referenceScores.py FOLDER FILE.gguf < conversations.json

The GGUF is dequantised; tokenizer and chat template come out of it too, as they do for training on it.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "src" / "jobs" / "payload"))
from afina_chat import IGNORED, ChatEncoder  # noqa: E402

folder, name = sys.argv[1:3]
tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32).eval()
encoder = ChatEncoder(tokenizer)
scores = []
for messages in json.load(sys.stdin):
    example = encoder.encode(messages)[-1]
    # Of a conversation with several answers, the last alone: the labels behind the last stretch without loss.
    labels = list(example.labels)
    end = len(labels)
    while end and labels[end - 1] == IGNORED:
        end -= 1
    start = end
    while start and labels[start - 1] != IGNORED:
        start -= 1
    ids = torch.tensor([example.input_ids[:end]])
    with torch.no_grad():
        logs = torch.log_softmax(model(ids).logits[0].double(), -1)
    total = sum(logs[at - 1, labels[at]].item() for at in range(start, end))
    scores.append({"logProbability": total, "tokens": end - start})
json.dump(scores, sys.stdout)
