// Who computes a model's runs: the GPU's programs, the host's kernels, or both in turn.
const kBackends = ['gl', 'host', 'auto'];  // In the order of the C++ enum.
const kStarts = ['prepared', 'tiered'];

/**
 * The options of loadGraphModel() that say so; throws where there is no such tier.
 * @param {{backend?: 'gl'|'host'|'auto', start?: 'prepared'|'tiered'}} options
 */
export function checkedTiers({backend = 'gl', start = 'prepared'}) {
  if (!kBackends.includes(backend)) throw new Error(`There is no backend '${String(backend)}'; there are ${kBackends.join(', ')}.`);
  if (!kStarts.includes(start)) throw new Error(`There is no start '${String(start)}'; there are ${kStarts.join(', ')}.`);
  return {
    backend: kBackends.indexOf(backend),
    tieredStart: start === 'tiered',
    /** Whether the host computes while the programs are not ready. */
    hasHost: backend === 'auto' || (backend === 'gl' && start === 'tiered'),
  };
}
