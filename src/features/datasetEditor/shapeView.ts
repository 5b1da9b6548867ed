import { fieldOf } from '../../checks/rule';
import type { DatasetRecord } from '../../dataset/record';
import { additionsOf, changesOf } from '../../dataset/shapes/edit';
import { SHAPE_TITLES } from '../../dataset/shapes/titles';
import type { ShapeView } from '../../protocol/datasetEditor';

const NOTHING = { role: false, remove: false, up: false, down: false };

/** What the form needs to edit a record of another format in that format. */
export function shapeView({ layout, turns }: NonNullable<DatasetRecord['shaped']>): ShapeView {
  const changes = changesOf(turns);
  return {
    name: layout.shape,
    title: SHAPE_TITLES[layout.shape],
    turns: turns.map(({ part, key, path }, index) => ({
      part,
      key: key ?? null,
      path: fieldOf(path) ?? '',
      can: changes[index] ?? NOTHING,
    })),
    additions: additionsOf(layout, turns),
  };
}
