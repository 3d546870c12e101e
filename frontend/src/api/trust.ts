import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { NewGold } from './types';

const at = (arena: string) => ({ params: { path: { arena } } });

/** Every gate with what it did to the newest votes and what each of its settings may be. */
export const gatesQuery = (arena: string) => queryOptions({ queryKey: ['gates', arena], queryFn: () => body(api.GET('/api/v1/arenas/{arena}/gates', at(arena))) });

export const goldQuery = (arena: string) => queryOptions({ queryKey: ['gold', arena], queryFn: () => body(api.GET('/api/v1/arenas/{arena}/gold', at(arena))) });

export const addGold = (arena: string, given: NewGold) => body(api.POST('/api/v1/arenas/{arena}/gold', { ...at(arena), body: given }));

export const retireGold = (arena: string, gold: number) => body(api.DELETE('/api/v1/arenas/{arena}/gold/{gold}', { params: { path: { arena, gold } } }));
