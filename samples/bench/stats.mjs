// What the pages and the scripts of the comparison compute from times.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometricMean(values) {
  return Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
}

/** |a - b| / |b| in Euclidean norms. */
export function relativeDifference(a, b) {
  let differences = 0, norm = 0;
  for (let i = 0; i < b.length; ++i) {
    differences += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return differences === 0 ? 0 : Math.sqrt(differences / norm);
}
