"""The preference mode: pairs are tokenised as conversations are, and the whole run keeps the same contract."""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from afina_chat import IGNORED, ChatEncoder, TemplateError
from afina_data import DataError
from afina_dpo import encode_pair, read_preferences, tokenise_pairs
from chat_test import CHATML, TEMPLATES, tokenizer  # noqa: F401 (a fixture)
from conftest import finish, log_of, metrics_of, start, status_of, wait_for

STEPS = 10  # 20 records, 4 a step, 2 epochs


def pairs(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Longer answers are preferred to a shorter one that is always the same."""
    return [
        {
            "id": f"p-{number}",
            "prompt": [{"role": "user", "content": f"O que é a embarcação n.º {number}?"}],
            "chosen": "É um navio português." + " Tem tripulação e capitão." * (1 + number % 3),
            "rejected": "Não sei.",
        }
        for number in range(first, first + count)
    ]


@pytest.fixture
def preference_folder(run_folder: Callable[..., Path]) -> Callable[..., Path]:
    def make(name: str = "run", change: Callable[[dict[str, Any]], None] = lambda spec: None, **dpo: Any) -> Path:
        def prefer(spec: dict[str, Any]) -> None:
            spec.update(method="dpo", dpo={"beta": 0.1, "loss": "sigmoid", **dpo})
            change(spec)

        folder = run_folder(name, prefer)
        for split, lines in (("train", pairs(20)), ("eval", pairs(4, 1000))):
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (folder / "data" / f"{split}.jsonl").write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.mark.parametrize("template", TEMPLATES)
def test_pairs_have_the_tokens_of_conversations(tokenizer: Any, template: str) -> None:  # noqa: F811
    talk = [
        {"role": "system", "content": "Sê breve."},
        {"role": "user", "content": "O que é o frete?"},
        {"role": "assistant", "content": "A retribuição."},
        {"role": "user", "content": "De quê?"},
    ]
    record = {"prompt": talk, "chosen": "Do transporte.", "rejected": "Não sei."}
    tokenizer.chat_template, end = TEMPLATES[template]
    encoder = ChatEncoder(tokenizer)
    pair = encode_pair(record, encoder)
    for key, answer in (("chosen", pair.chosen), ("rejected", pair.rejected)):
        example = encoder.encode([*talk, {"role": "assistant", "content": record[key]}])[-1]
        together = [*pair.prompt, *answer]
        assert example.input_ids[: len(together)] == together
        assert all(label == IGNORED for label in example.labels[len(together) :])
        assert tokenizer.decode(answer, clean_up_tokenization_spaces=False).strip() == record[key] + end
    asked = tokenizer.decode(pair.prompt)
    assert "frete" in asked and "Do transporte" not in asked


def test_pairs_are_cut_and_dropped_as_told(tokenizer: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    tokenizer.chat_template = CHATML
    encoder = ChatEncoder(tokenizer)
    record = pairs(1)[0]
    whole = encode_pair(record, encoder)
    room = len(whole.prompt) + len(whole.rejected)
    split = tokenise_pairs([record, {**record, "id": "same", "rejected": record["chosen"]}], encoder, room)
    assert (split.records, split.truncated, split.dropped) == (1, 1, 1)
    assert split.examples[0].rejected == whole.rejected
    assert split.examples[0].chosen == whole.chosen[: len(whole.rejected)]
    assert split.tokens == 2 * room and split.loss_tokens == 2 * len(whole.rejected)
    assert tokenise_pairs([record], encoder, len(whole.prompt)).dropped == 1
    assert "dropped record same: no two answers" in capsys.readouterr().out
    tokenizer.chat_template = "{{ raise_exception('never') }}"
    with pytest.raises(TemplateError, match="never"):
        tokenise_pairs([record], ChatEncoder(tokenizer), 100)


@pytest.mark.parametrize("line", ['{"id":"a","messages":[]}', '{"prompt":[],"chosen":"a","rejected":"b"}', "[]"])
def test_what_is_no_preference_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps(pairs(1)[0]) + f"\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match="train.jsonl, line 2: expected a prompt"):
        read_preferences(file)


def curve(folder: Path, name: str) -> dict[int, float]:
    lines = [line for line in metrics_of(folder) if line["type"] == "train"]
    assert len({line["step"] for line in lines}) == len(lines), "a step is there twice"
    return {line["step"]: line[name] for line in lines}


def test_preferences_are_learned_and_go_on_after_a_kill(preference_folder: Callable[..., Path]) -> None:
    whole = preference_folder("whole")
    assert finish(whole, start(whole)) == 0, log_of(whole)
    status = status_of(whole)
    assert (status["state"], status["step"], status["maxSteps"]) == ("completed", STEPS, STEPS)
    # The adapter begins as the base, which is the reference: every margin is 0 and the loss ln 2.
    assert curve(whole, "loss")[1] == pytest.approx(math.log(2), abs=1e-3)
    assert curve(whole, "rewardMargin")[1] == pytest.approx(0, abs=1e-4)
    margins, accuracies = curve(whole, "rewardMargin"), curve(whole, "rewardAccuracy")
    assert margins[STEPS] > 0.5 and accuracies[STEPS] == 1
    for step, margin in margins.items():
        assert margin == pytest.approx(curve(whole, "rewardChosen")[step] - curve(whole, "rewardRejected")[step], abs=1e-3)
    evaluations = [line for line in metrics_of(whole) if line["type"] == "eval"]
    assert [line["step"] for line in evaluations] == [0, STEPS // 2, STEPS]
    assert evaluations[-1]["evalLoss"] < 0.6 and evaluations[-1]["rewardAccuracy"] == 1
    numbers = json.loads((whole / "result.json").read_text())["metrics"]
    assert numbers["evalLoss"] == evaluations[-1]["evalLoss"] and numbers["rewardMargin"] == evaluations[-1]["rewardMargin"]
    assert (numbers["trainRecords"], numbers["evalRecords"], numbers["droppedRecords"]) == (20, 4, 0)
    assert curve(whole, "tokens")[STEPS] == 2 * numbers["trainTokens"]
    weights = load_file(whole / "adapter" / "adapter_model.safetensors")
    assert weights and all(".lora_" in name and ".ref." not in name for name in weights)

    killed = preference_folder("killed")
    process = start(killed)
    wait_for(lambda: len(metrics_of(killed)) >= 8, process, killed)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "result.json").exists(), "killed too late to show anything"
    assert finish(killed, start(killed)) == 0, log_of(killed)
    assert status_of(killed)["restarts"] == 1
    assert curve(killed, "loss") == pytest.approx(curve(whole, "loss"), abs=1e-3)


def test_beta_and_loss_are_those_of_the_job(preference_folder: Callable[..., Path]) -> None:
    def short(spec: dict[str, Any]) -> None:
        spec["training"].update(maxSteps=2)
        spec["data"].update(eval=None)

    folder = preference_folder("ipo", short, loss="ipo", beta=0.5)
    assert finish(folder, start(folder)) == 0, log_of(folder)
    assert curve(folder, "loss")[1] == pytest.approx((1 / (2 * 0.5)) ** 2, abs=1e-2)  # (0 - 1/(2 beta))^2
    assert json.loads((folder / "result.json").read_text())["metrics"]["rewardMargin"] is not None


def test_sigterm_leaves_a_checkpoint(preference_folder: Callable[..., Path]) -> None:
    folder = preference_folder("stopped", lambda spec: spec["training"].update(epochs=500, saveSteps=1000))
    process = start(folder)
    wait_for(lambda: len(metrics_of(folder)) >= 4, process, folder)
    (folder / "cancel").touch()
    process.send_signal(signal.SIGTERM)
    assert finish(folder, process, 120) == 143
    status = status_of(folder)
    assert (status["state"], status["error"]) == ("cancelled", None)
    assert (folder / "checkpoints" / f"checkpoint-{status['step']}" / "complete.json").exists()
