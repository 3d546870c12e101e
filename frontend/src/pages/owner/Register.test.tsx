import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { arenasQuery } from '../../api/queries';
import type { Arena } from '../../api/types';
import { withMessages } from '../../i18n';
import { Register } from './Register';

async function show(...arenas: Partial<Arena>[]) {
  await withMessages('owner', Promise.resolve());
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  client.setQueryData(arenasQuery.queryKey, { items: arenas as Arena[], next: null });
  render(<QueryClientProvider client={client}><Register /></QueryClientProvider>);
}

test('where no arena is open the page says whom to ask, and has no form', async () => {
  await show({ slug: 'shut', title: 'Shut', registration: 'closed' });
  expect(screen.getByText(/an admin of it makes your key/)).toBeInTheDocument();
  expect(screen.queryByRole('textbox')).toBeNull();
});

test('only arenas that are open can be chosen', async () => {
  await show({ slug: 'shut', title: 'Shut', registration: 'closed' }, { slug: 'wide', title: 'Wide', registration: 'open' });
  expect(screen.getAllByRole('option').map((each) => each.textContent)).toEqual(['Wide']);
  expect(screen.getByRole('textbox')).toBeRequired();
});
