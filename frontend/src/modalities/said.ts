/** The words of a content, for where nothing else can stand. */
export function said(content: string): string {
  return content;
}
