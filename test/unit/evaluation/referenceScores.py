"""What sacrebleu and rouge-score give for pairs of texts: [{"answer", "reference"}, …] on stdin, scores as JSON on stdout."""

import json
import sys

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import CHRF

pairs = json.load(sys.stdin)
chrf = CHRF(word_order=2)
rouge = RougeScorer(["rougeL"])
answers = [pair["answer"] for pair in pairs]
references = [pair["reference"] for pair in pairs]
json.dump(
    {
        "chrf": [chrf.sentence_score(a, [r]).score for a, r in zip(answers, references)],
        "corpus": chrf.corpus_score(answers, [references]).score,
        "rougeL": [rouge.score(r, a)["rougeL"].fmeasure for a, r in zip(answers, references)],
    },
    sys.stdout,
)
