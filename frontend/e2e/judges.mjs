/**
 * An arena in which people and five judges have voted, made from chance with a fixed seed: `careful` says what people
 * mean, `lopsided` takes what stands first, `ash-judge` favours its own family, `coin` guesses, `late` has said little.
 */
import { call, makeArena } from './fixtures.mjs';

export const SLUG = 'judged';
export const JUDGES = ['ash-judge', 'careful', 'coin', 'late', 'lopsided'];
export const HOSTILE = '<img src=x onerror="alert(1)"> **A** is better, see [this](javascript:alert(1)).';
export const MODELS = [
  ['ash-large', 'Ash', 0.2], ['ash-small', 'Ash', -0.9], ['birch', 'Birch', 1.4], ['cedar', 'Cedar', 0.7],
  ['elm', 'Elm', 0], ['fir', 'Fir', -0.5], ['oak', 'Oak', -1.2], ['pine', 'Pine', 1],
];
const PROMPTS = 60;
const PAIRS = 3;
const PEOPLE = 3;

/** Mulberry32: the same numbers every time. */
function chance(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const strength = Object.fromEntries(MODELS.map(([name, , worth]) => [name, worth]));
const family = Object.fromEntries(MODELS.map(([name, of]) => [name, of]));
const sure = (logits) => 1 / (1 + Math.exp(-logits));

/** Which answers meet on which prompt, and by how much the first is better. */
function items(random, lengths) {
  const list = [];
  for (let at = 0; at < PROMPTS; at++) {
    const order = MODELS.map(([name]) => name).sort(() => random() - 0.5);
    for (let pair = 0; pair < PAIRS; pair++) {
      const [a, b] = [order[2 * pair], order[2 * pair + 1]];
      const longer = Math.sign(lengths[a][at] - lengths[b][at]) * 0.3;
      list.push({ prompt: at, a, b, better: 1.5 * (strength[a] - strength[b]) + longer + (random() - 0.5) });
    }
  }
  return list;
}

function person(random, { better }) {
  if (random() < 0.12) return 'tie';
  return random() < sure(better) ? 'a' : 'b';
}

/** What a judge says of a pair as it is shown: `a` is the answer shown first. */
const HABITS = {
  careful: (random, { better }) => (Math.abs(better) < 0.3 ? 'tie' : random() < sure(1.4 * better) ? 'a' : 'b'),
  lopsided: (random) => (random() < 0.85 ? 'a' : 'b'),
  coin: (random) => ['a', 'b', 'tie'][Math.floor(random() * 3)],
  'ash-judge': (random, item) => {
    const own = ['a', 'b'].filter((side) => family[item[side]] === 'Ash');
    return own.length === 1 && random() < 0.85 ? own[0] : HABITS.careful(random, item);
  },
};
HABITS.late = HABITS.careful;

const swapped = (item) => ({ ...item, a: item.b, b: item.a, better: -item.better });
const cell = (text) => `"${String(text).replaceAll('"', '""')}"`;
const row = (item, winner, rater, dimension, confidence = '', comment = '') =>
  [item.a, item.b, winner, `p${item.prompt}`, rater, dimension, confidence, comment].map(cell).join(',');

/** Both orders; how sure it is fits how clear the pair is, but not for `lopsided`, which is always sure. */
function verdicts(random, judge, dimension, all) {
  return all.flatMap((item) =>
    (judge === 'coin' ? [item] : [item, swapped(item)]).map((shown) => {
      const winner = HABITS[judge](random, shown);
      const certain = judge === 'lopsided' ? 0.95 : 0.5 + 0.5 * Math.min(0.99, Math.abs(shown.better) / 3);
      const comment = judge === 'careful' ? `${HOSTILE} Clear by ${Math.abs(shown.better).toFixed(1)}.` : '';
      return row(shown, winner, `judge:${judge}@v1`, dimension, judge === 'coin' ? '' : certain.toFixed(2), comment);
    }),
  );
}

const language = (at) => (at % 3 === 0 ? 'fr' : 'en');
const category = (at) => (at % 2 === 0 ? 'code' : 'writing');

async function make(arena, key) {
  const random = chance(7);
  const lengths = Object.fromEntries(MODELS.map(([name]) => [name, Array.from({ length: PROMPTS }, () => 4 + Math.floor(random() * 60))]));
  const said = (name, at) => `Answer of number ${MODELS.findIndex(([each]) => each === name)}: ${'word '.repeat(lengths[name][at])}end.`;
  const prompts = Array.from({ length: PROMPTS }, (_, at) => ({ id: `p${at}`, text: `Question ${at}?`, language: language(at), category: category(at) }));
  await makeArena(arena.base, key, { slug: SLUG, title: 'Judged arena' }, prompts, Object.fromEntries(MODELS.map(([name]) => [name, prompts.map((_, at) => ({ text: said(name, at) }))])));
  await call(arena.base, 'PUT', `/arenas/${SLUG}/dimensions/accuracy`, { title: 'Accuracy', question: 'Which is right?' }, key);
  for (const [name, of] of MODELS) await call(arena.base, 'PATCH', `/arenas/${SLUG}/models/${name}`, { family: of }, key);
  const all = items(random, lengths);
  const talk = (item, side) => [{ role: 'user', content: `Question ${item.prompt}?` }, { role: 'assistant', content: said(item[side], item.prompt) }];
  const people = all.flatMap((given) =>
    Array.from({ length: PEOPLE }, (_, who) => {
      const item = random() < 0.5 ? given : swapped(given);
      const winner = person(random, item);
      return JSON.stringify({
        question_id: `p${item.prompt}`, model_a: item.a, model_b: item.b, judge: `arena_user_${who}`, language: language(item.prompt),
        winner: winner === 'tie' ? 'tie' : `model_${winner}`, conversation_a: talk(item, 'a'), conversation_b: talk(item, 'b'),
      });
    }),
  );
  const accuracy = all.flatMap((item) => ['ana', 'ben'].map((who) => row(item, person(random, item), `human:${who}`, 'accuracy')));
  const judged = Object.keys(HABITS).flatMap((judge) => verdicts(random, judge, 'overall', judge === 'late' ? all.slice(0, 30) : all));
  const precise = verdicts(random, 'careful', 'accuracy', all);
  await arena.importVotes(SLUG, 'lmarena', people);
  await arena.importVotes(SLUG, 'csv', ['model_a,model_b,winner,prompt_id,rater,dimension,confidence,comment', ...accuracy, ...judged, ...precise]);
}

let made;
/** The arena, once for all files of a process. */
export const makeJudgedArena = (arena, key) => (made ??= make(arena, key));
