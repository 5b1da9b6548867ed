import path from 'node:path';
import { personName } from '../../dataset/review';
import type { ComparedAnswer, ComparisonSpec } from '../../evaluation/comparison';
import type { ComparisonSession } from '../../evaluation/comparisonSession';
import type { BlindAnswer, CompareState } from '../../protocol/compareView';

/** What the page may know: nothing that tells who answered. */
export function compareStateOf(
  session: ComparisonSession,
  spec: ComparisonSpec,
  judge: string,
): CompareState {
  const { item, judged, progress } = session;
  return {
    dataset: path.posix.basename(spec.dataset),
    judge: personName(judge),
    total: session.records.length,
    judged,
    answers: progress,
    item:
      item === null
        ? null
        : {
            key: item.key,
            position: judged + 1,
            prompt: item.record.prompt,
            reference: item.record.reference,
            answers:
              item.answers === null
                ? null
                : { left: blind(item.answers.left), right: blind(item.answers.right) },
          },
    canUndo: session.canUndo,
    failure: session.failure ?? null,
  };
}

function blind({ text, stop }: ComparedAnswer): BlindAnswer {
  return { text, cut: stop !== 'end' };
}
