import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { GateRate } from '../../api/types';
import { withMessages } from '../../i18n';
import { GateFields, readGates } from './gates';

const gate = (given: Partial<GateRate>): GateRate => ({
  gate: 'cap', summary: 'Too many', on: true, usual: true, settings: {}, votes: 200, set_aside: 30, restored: 4, share: 0.15, limit: 0.1, alarm: true,
  parameters: [{ name: 'votes', kind: 'whole', default: 300, choices: [], optional: false }], ...given,
});

async function show(given: GateRate, values = {}) {
  await withMessages('admin', Promise.resolve());
  render(<form aria-label="all"><GateFields gate={given} values={values} /></form>);
  return () => readGates(new FormData(screen.getByRole<HTMLFormElement>('form')), [given]);
}
const votes = () => screen.getByRole<HTMLInputElement>('spinbutton');

test('a gate has its settings from their types, and beside them what it did and whether that is too much', async () => {
  await show(gate({}), { votes: 40 });
  expect([votes().value, votes().step]).toEqual(['40', '1']);
  expect(screen.getByRole('checkbox')).toBeChecked();
  expect(screen.getByText(/set 30 aside \(15%\); 4 of these/)).toBeInTheDocument();
  expect(screen.getByText(/More than 10%/)).toBeInTheDocument();
});

test('no alarm where there is none, no rate where there are no votes, and a gate without a name here keeps its summary', async () => {
  await show(gate({ gate: 'brandnew', summary: 'Something new', share: null, alarm: false }));
  expect(screen.getByRole('group', { name: 'Something new' })).toBeInTheDocument();
  expect(screen.getByText('No vote has come yet.')).toBeInTheDocument();
  expect(screen.queryByText(/More than/)).toBeNull();
});

test('only what differs from how arenas begin is stored', async () => {
  const stored = await show(gate({}));
  expect(stored()).toEqual({});
  votes().value = '5';
  expect(stored()).toEqual({ cap: { votes: 5 } });
  votes().value = '';
  screen.getByRole<HTMLInputElement>('checkbox').checked = false;
  expect(stored()).toEqual({ cap: { on: false } });
});

test('a gate that is off at first is stored when it is on', async () => {
  const stored = await show(gate({ gate: 'leak', on: false, usual: false, parameters: [] }));
  expect(stored()).toEqual({});
  screen.getByRole<HTMLInputElement>('checkbox').checked = true;
  expect(stored()).toEqual({ leak: { on: true } });
});
