import { plain } from '../lib/format';

/** A name or a short text of somebody's: it has its own direction, stands where the page's line begins, and turns nothing around it. */
export function Name({ of, className }: { of: string; className?: string }) {
  return <bdi className={className}>{plain(of)}</bdi>;
}
