import { Component, type ReactNode } from 'react';
import i18n from '../i18n';
import { Notice } from './Status';

/** Catches what a page throws while drawing, so that the rest of the site stays usable. */
export class Broken extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main id="content">
        <Notice tone="bad" title={i18n.t('site.broken.title')}>
          <p role="alert">{i18n.t('site.broken.text')}</p>
          <button type="button" onClick={() => globalThis.location.reload()}>{i18n.t('site.broken.reload')}</button>
        </Notice>
      </main>
    );
  }
}
