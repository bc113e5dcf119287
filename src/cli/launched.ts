/** What launchers tell the processes that they start. */
const variables = [
  'CAMTUNE_PLACE',
  'TF_CONFIG',
  'OMPI_COMM_WORLD_RANK',
  'OMPI_COMM_WORLD_SIZE',
  'PMI_RANK',
  'PMI_SIZE',
  'SLURM_PROCID',
];

/**
 * Whether a launcher may have started this process beside others. Only then is what processes do together loaded, to
 * find out.
 */
export function mayBeLaunched(environment: Record<string, string | undefined>): boolean {
  return variables.some((name) => environment[name]) || environment['CAMTUNE_LIFELINE'] !== undefined;
}
