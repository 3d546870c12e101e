import { asProblem } from './problem';

/** Only where the server suspects a flood does it take work first: then the call is sent again with a proof of it. */
export async function proving<T>(ask: (proof: string | null) => Promise<T>): Promise<T> {
  try {
    return await ask(null);
  } catch (error) {
    if (asProblem(error).slug !== 'proof-needed') throw error;
    const { freshProof } = await import('./proof');
    return ask(await freshProof());
  }
}
