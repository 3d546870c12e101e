import { plain } from '../lib/format';

/** What somebody called a model, a dimension or an arena: it has its own direction and turns nothing around it. */
export function Name({ of, className }: { of: string; className?: string }) {
  return <bdi className={className}>{plain(of)}</bdi>;
}
