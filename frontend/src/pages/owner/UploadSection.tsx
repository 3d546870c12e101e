import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { checkUpload, confirmUpload, uploadsQuery } from '../../api/owner';
import { asProblem } from '../../api/problem';
import type { OwnModel, Upload } from '../../api/types';
import { problemText } from '../../i18n/told';
import { percent } from '../../lib/format';
import { Drop } from '../../ui/Drop';
import { Progress } from '../../ui/Progress';
import { WrittenAnswers } from '../setup/AnswersForm';
import { Found } from './Found';
import { Preview } from './Preview';
import { useSending } from './useSending';

interface Props {
  arena: string;
  own: OwnModel;
}

/** Answers from a file, or written here: sent in parts, looked through, and stored only when they are confirmed. */
export function UploadSection({ arena, own }: Props) {
  const { t } = useTranslation();
  const model = own.slug;
  const uploads = useQuery(uploadsQuery(arena, model));
  const { send, cancel, show, settled } = useSending(arena, model);
  const confirm = useMutation({ mutationFn: (upload: Upload) => confirmUpload(arena, model, upload.id, upload.report !== null && upload.report.rejected > 0), onSuccess: show });
  const check = useMutation({ mutationFn: (upload: Upload) => checkUpload(arena, model, upload.id), onSuccess: show });
  const upload = uploads.data?.items[0];
  const open = upload && ['receiving', 'checking', 'checked', 'storing'].includes(upload.state) ? upload : undefined;
  const stored = upload?.state === 'stored';
  useEffect(() => {
    if (stored) void settled();
  }, [stored, settled]);
  const failed = send.error ?? confirm.error ?? cancel.error ?? check.error;
  const stopped = failed instanceof DOMException || (failed && asProblem(failed).detail.includes('abort'));
  const whole = open?.state === 'receiving' && open.received === open.size;
  return (
    <section aria-labelledby="answers-title">
      <h2 id="answers-title">{t('owner.answers')}</h2>
      {failed && !stopped && <p role="alert" className="alert">{asProblem(failed).slug === 'upload-differs' ? t('owner.otherFile') : problemText(asProblem(failed), t) || t('problem.offline.text')}</p>}
      {!open && <Choose label={t('owner.choose')} hint={t('owner.hint')} onFile={(file) => send.mutate({ file })} />}
      {!open && own.coverage.missing.length > 0 && (
        <details className="written">
          <summary>{t('owner.write')}</summary>
          <p className="quiet">{t('owner.writeText')}</p>
          <WrittenAnswers key={own.coverage.answered} arena={arena} model={own} button={t('owner.checkWritten')} busy={send.isPending} send={(answers) => send.mutate({ file: fileOf(answers) })} />
        </details>
      )}
      {open?.state === 'receiving' && !send.isPending && !whole && <Choose label={t('owner.goOn')} hint={t('owner.again', { name: open.name })} onFile={(file) => send.mutate({ file, from: open })} />}
      {open && open.state !== 'checked' && <Coming upload={open} />}
      {whole && !send.isPending && <p><button type="button" onClick={() => check.mutate(open)}>{t('owner.check')}</button></p>}
      {open?.state === 'checked' && open.report && <Found report={open.report} />}
      {open?.state === 'checked' && open.report && open.report.matched > 0 && <Preview arena={arena} model={model} upload={open.id} />}
      {open && open.state !== 'storing' && (
        <p className="actions">
          {open.state === 'checked' && open.report && open.report.matched > 0 && (
            <button type="button" className="primary" aria-disabled={confirm.isPending} onClick={() => confirm.mutate(open)}>{t('owner.confirm', { count: open.report.matched })}</button>
          )}
          <button type="button" onClick={() => cancel.mutate(open)}>{t('owner.cancel')}</button>
        </p>
      )}
      <p role="status">{upload?.state === 'stored' ? t('owner.stored', { count: upload.accepted, replaced: upload.replaced }) : upload?.state === 'cancelled' && t('owner.cancelled')}</p>
    </section>
  );
}

/** As a file of answers would hold them. */
const fileOf = (answers: object[]) => new File(answers.map((each) => JSON.stringify(each) + '\n'), 'written.jsonl');

function Coming({ upload }: { upload: Upload }) {
  const { t, i18n } = useTranslation();
  const done = upload.state === 'receiving' ? upload.received : upload.position;
  const text = percent(done / upload.size, i18n.language);
  const label = upload.state === 'storing' ? t('owner.storing') : upload.state === 'checking' ? t('owner.checking') : t('owner.sending');
  return <Progress value={done} max={upload.size} label={label} text={text} />;
}

/** A button for a file, and a place to drop one. */
function Choose({ label, hint, onFile }: { label: string; hint: string; onFile: (file: File) => void }) {
  const first = (files: Iterable<File>) => {
    const [file] = files;
    if (file) onFile(file);
  };
  return (
    <Drop onFiles={first}>
      <label className="field">
        <span>{label}</span>
        <input type="file" accept=".jsonl,.ndjson,.json,.txt" onChange={(event) => first(event.target.files ?? [])} />
      </label>
      <p className="quiet">{hint}</p>
    </Drop>
  );
}
