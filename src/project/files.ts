export const PROJECT_FILE = 'afina.yaml';

/** Beside afina.yaml and not in git: where models lie and how clusters are reached on this machine alone. */
export const LOCAL_FILE = 'afina.local.yaml';
