import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { asProblem } from '../../api/problem';
import { boardQuery, historyQuery, matrixQuery, methodsQuery } from '../../api/queries';
import type { Arena, Board } from '../../api/types';
import { Loading, ProblemNotice } from '../../ui/Status';
import { NoVotes } from './BoardView';
import { CompareView } from './CompareView';
import { Filters } from './Filters';
import { HistoryView } from './HistoryView';
import { Markers } from './Markers';
import { PairsView } from './PairsView';
import { StyleView } from './StyleView';
import type { BoardAddress, View } from './useBoardAddress';
import './views.css';

interface Props {
  arena: Arena;
  address: BoardAddress;
}

/** Views of one board beside its table: style held equal, pairs, two models, its past. */
export default function Further({ view, arena, address }: Props & { view: View }) {
  const board = useQuery(boardQuery(arena.slug, address.query));
  const methods = useQuery(methodsQuery(arena.slug));
  return (
    <>
      <Filters arena={arena} board={board.data} methods={methods.data?.items ?? []} address={address} />
      <Found of={board}>
        {(found) => (
          <>
            <Markers voters={found.voters} />
            {found.votes === 0 ? <NoVotes arena={arena} board={found} address={address} /> : <Seen view={view} arena={arena} board={found} address={address} />}
          </>
        )}
      </Found>
    </>
  );
}

function Seen({ view, ...props }: Props & { view: View; board: Board }) {
  if (view === 'style') return <Style {...props} />;
  return view === 'history' ? <Past {...props} /> : <Pairs view={view} {...props} />;
}

function Style({ arena, board, address }: Props & { board: Board }) {
  // Two methods beside each other: neither is a choice here, nor are the settings of one.
  const { method: _method, ties: _ties, set: _set, ...query } = address.query;
  const styled = useQuery(boardQuery(arena.slug, { ...query, style_control: true }));
  return <Found of={styled}>{(found) => <StyleView arena={arena} board={board} styled={found} />}</Found>;
}

function Pairs({ view, arena, board, address }: Props & { view: View; board: Board }) {
  const matrix = useQuery(matrixQuery(arena.slug, address.query));
  const Shown = view === 'compare' ? CompareView : PairsView;
  return <Found of={matrix}>{(found) => <Shown arena={arena} board={board} matrix={found} address={address} />}</Found>;
}

function Past({ arena, board, address }: Props & { board: Board }) {
  const past = useQuery(historyQuery(arena.slug, address.query));
  return <Found of={past}>{(found) => <HistoryView arena={arena} board={board} past={found} address={address} />}</Found>;
}

function Found<Data>({ of, children }: { of: UseQueryResult<Data>; children: (data: Data) => ReactNode }) {
  if (of.isPending) return <Loading />;
  if (of.isError) return <ProblemNotice problem={asProblem(of.error)} retry={() => void of.refetch()} />;
  return <div aria-busy={of.isPlaceholderData}>{children(of.data)}</div>;
}
