import { run } from '../parts.mjs';

await run('others');
