/** Pictures that are chosen beside a text, and how a message holds them. */
export interface Chosen {
  name: string;
  /** A `data:` address. */
  url: string;
  alt: string;
}

/** What the server takes; `accept` of a file field reads the same. */
export const KINDS = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
export const LARGEST = 10_000_000;
export const MOST = 8;

export type Refusal = { why: 'kind' | 'large' | 'many'; name: string };

/** Which of the files fit beside so many pictures, and why the others do not. */
export function sorted(files: readonly File[], already: number): { taken: File[]; refused: Refusal[] } {
  const taken: File[] = [];
  const refused: Refusal[] = [];
  for (const file of files) {
    const why = !KINDS.includes(file.type) ? 'kind' : file.size > LARGEST ? 'large' : already + taken.length >= MOST ? 'many' : null;
    if (why) refused.push({ why, name: file.name });
    else taken.push(file);
  }
  return { taken, refused };
}

export function read(file: File): Promise<Chosen> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name, url: String(reader.result), alt: '' });
    reader.onerror = () => reject(reader.error ?? new Error(file.name));
    reader.readAsDataURL(file);
  });
}

/** A content of OpenAI's chat form: the text alone, or parts where pictures are beside it. */
export function contentOf(text: string, pictures: readonly Chosen[] = []) {
  if (pictures.length === 0) return text;
  return [...(text.trim() ? [{ type: 'text', text }] : []), ...pictures.map(({ url, alt }) => ({ type: 'image_url', image_url: { url }, alt: alt.trim() }))];
}
