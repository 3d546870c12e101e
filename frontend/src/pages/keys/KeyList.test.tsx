import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { keysQuery } from '../../api/keys';
import { sessionQuery } from '../../api/session';
import type { Key } from '../../api/types';
import { withMessages } from '../../i18n';
import { KeyList } from './KeyList';

const key = (prefix: string, given: Partial<Key> = {}): Key => ({ prefix, scope: 'owner', owner: 'acme', arena: null, created_at: '2026-01-02T03:04:05Z', expires_at: null, last_used_at: null, revoked_at: null, ...given });

async function show(...items: Key[]) {
  await withMessages('keys', Promise.resolve());
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  client.setQueryData(keysQuery.queryKey, { pages: [{ items, next: null }], pageParams: [''] });
  client.setQueryData(sessionQuery.queryKey, { scope: 'owner', owner: 'acme', arena: null, prefix: 'aaaaaaaaaa', expires_at: null, cookie: true });
  HTMLDialogElement.prototype.showModal = vi.fn();
  HTMLDialogElement.prototype.close = vi.fn();
  render(<QueryClientProvider client={client}><KeyList label="My keys" columns={['key', 'arena', 'until', 'state']} /></QueryClientProvider>);
}
const row = (prefix: string) => within(screen.getByRole('rowheader', { name: new RegExp(prefix) }).closest('tr') as HTMLElement);

test('a key that holds can be revoked; one that was revoked or has ended says so', async () => {
  await show(key('aaaaaaaaaa'), key('bbbbbbbbbb', { revoked_at: '2026-01-03T00:00:00Z', arena: 'quiz' }), key('cccccccccc', { expires_at: '2020-01-01T00:00:00Z' }));
  expect(row('aaaaaaaaaa').getByRole('button', { name: 'Revoke pa_aaaaaaaaaa' })).toBeInTheDocument();
  expect(row('aaaaaaaaaa').getByText('does not end')).toBeInTheDocument();
  expect(row('bbbbbbbbbb').getByText(/^revoked/)).toBeInTheDocument();
  expect(row('bbbbbbbbbb').getByText('quiz')).toBeInTheDocument();
  expect(row('cccccccccc').getByText('ended')).toBeInTheDocument();
  expect(screen.getAllByRole('button')).toHaveLength(1);
});

test('before the key in hand is revoked, the question says what that ends', async () => {
  await show(key('aaaaaaaaaa'), key('bbbbbbbbbb'));
  await userEvent.click(screen.getByRole('button', { name: 'Revoke pa_bbbbbbbbbb' }));
  expect(screen.queryByText(/will be signed out/)).toBeNull();
  await userEvent.click(screen.getByText('Keep it'));
  await userEvent.click(screen.getByRole('button', { name: 'Revoke pa_aaaaaaaaaa' }));
  expect(screen.getByText(/will be signed out/)).toBeInTheDocument();
});
