import { QueryClientProvider } from '@tanstack/react-query';
import { Fragment, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/queries';
import './i18n';
import { Routes } from './routes';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/parts.css';
import { Broken } from './ui/Broken';
import { Frame } from './ui/Frame';

/** What other pages show in a frame has nothing around it. */
const Around = location.pathname.startsWith('/embed/') ? Fragment : Frame;

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={createQueryClient()}>
      <Around>
        <Broken>
          <Routes />
        </Broken>
      </Around>
    </QueryClientProvider>
  </StrictMode>,
);
