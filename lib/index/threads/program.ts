/** The programs of the threads lie beside this one, bundled or not. */
export function programOf(thread: string): URL {
  return new URL(`./${thread}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}
