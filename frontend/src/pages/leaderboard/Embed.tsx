import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Arena, Board } from '../../api/types';
import { CopyButton } from '../../ui/CopyButton';
import { Dialog } from '../../ui/Dialog';
import { searchOf, type BoardAddress } from './useBoardAddress';

interface Props {
  arena: Arena;
  board: Board;
  address: BoardAddress;
  close: () => void;
}

const quoted = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** What to copy into another page: the board in a frame, or one model's rank as a badge. */
export default function Embed({ arena, board, address, close }: Props) {
  const { t } = useTranslation();
  const [model, setModel] = useState('');
  const { origin } = globalThis.location;
  const slug = encodeURIComponent(arena.slug);
  const search = searchOf(address.query);
  const page = `${origin}/arenas/${slug}/leaderboard${search}`;
  const badge = `${origin}/api/v1/arenas/${slug}/badge.svg${searchOf({ ...address.query, ...(model && { model }) })}`;
  const name = board.rows.find((row) => row.model === model)?.name ?? arena.title;
  return (
    <Dialog title={t('board.embed')} onClose={close}>
      <Snippet label={t('embed.frame')} text={`<iframe src="${quoted(`${origin}/embed/${slug}${search}`)}" title="${quoted(arena.title)}" width="100%" height="480" loading="lazy"></iframe>`} />
      <label className="field">
        <span>{t('embed.badgeOf')}</span>
        <select value={model} onChange={(event) => setModel(event.target.value)}>
          <option value="">{t('embed.leader')}</option>
          {board.rows.map((row) => <option key={row.model} value={row.model}>{row.name}</option>)}
        </select>
      </label>
      <p><img src={badge.slice(origin.length)} alt={t('embed.badge', { name })} height="20" /></p>
      <Snippet label={t('embed.markdown')} text={`[![${name.replace(/[[\]\\]/g, '\\$&')}](${badge})](${page})`} />
      {!arena.public && <p className="quiet">{t('embed.private')}</p>}
      <p className="actions"><button type="button" onClick={close}>{t('embed.close')}</button></p>
    </Dialog>
  );
}

function Snippet({ label, text }: { label: string; text: string }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} readOnly rows={3} dir="ltr" value={text} onFocus={(event) => event.currentTarget.select()} />
      <p className="actions"><CopyButton text={text} label={label} /></p>
    </div>
  );
}
