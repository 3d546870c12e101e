import { type ChangeEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { modalityOf } from '../../modalities';
import { Drop } from '../../ui/Drop';
import { type Chosen, KINDS, read, type Refusal, sorted } from './pictures';
import './pictures.css';

interface Props {
  /** What the pictures belong to, for those who hear the field alone. */
  of: string;
  chosen: readonly Chosen[];
  choose: (chosen: Chosen[]) => void;
}

/** Pictures for a text: chosen or dropped, each with what it shows in words. */
export function PictureField({ of, chosen, choose }: Props) {
  const { t } = useTranslation();
  const [refused, setRefused] = useState<Refusal[]>([]);
  const add = async (files: readonly File[]) => {
    const found = sorted(files, chosen.length);
    setRefused(found.refused);
    choose([...chosen, ...(await Promise.all(found.taken.map(read)))]);
  };
  const pick = (event: ChangeEvent<HTMLInputElement>) => {
    const input = event.currentTarget;
    void add([...(input.files ?? [])]).then(() => (input.value = ''));
  };
  const describe = (at: number, alt: string) => choose(chosen.map((each, index) => (index === at ? { ...each, alt } : each)));
  return (
    <Drop onFiles={(files) => void add(files)}>
      <label className="field">
        <span>{t('pictures.choose')}<span className="sr-only">: {of}</span></span>
        <input type="file" accept={KINDS.join()} multiple onChange={pick} />
      </label>
      <p className="quiet">{t('pictures.hint')}</p>
      {refused.length > 0 && <div role="alert" className="alert">{refused.map(({ why, name }) => <p key={name}>{t(`pictures.refused.${why}`, { name })}</p>)}</div>}
      <ul className="chosen-pictures">
        {chosen.map((each, index) => (
          <li key={`${index} ${each.name}`}>
            <img src={each.url} alt="" />
            <label className="field"><span>{t('pictures.alt', { name: each.name })}</span><input type="text" required maxLength={500} value={each.alt} onChange={(event) => describe(index, event.target.value)} /></label>
            <button type="button" aria-label={`${t('pictures.remove')}: ${each.name}`} onClick={() => choose(chosen.filter((_, at) => at !== index))}>{t('pictures.remove')}</button>
          </li>
        ))}
      </ul>
    </Drop>
  );
}

/** A text and its pictures as voters will see them; nothing without pictures. */
export function PicturePreview({ text, chosen }: { text: string; chosen: readonly Chosen[] }) {
  const { t } = useTranslation();
  const { Shown } = modalityOf('image');
  if (chosen.length === 0) return null;
  return (
    <section className="preview" aria-label={t('pictures.preview')}>
      <h3>{t('pictures.preview')}</h3>
      <div className="pane-body" dir="auto"><Shown content={text} media={chosen.map(({ name, url, alt }) => ({ kind: 'image', url, alt: alt || name, width: null, height: null }))} under={3} /></div>
    </section>
  );
}
