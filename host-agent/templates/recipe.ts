/** How a template's root file system is made. */
export interface Recipe {
  readonly name: string;
  /** The program and its arguments; the target directory (and `-` for sources on stdin) is added. */
  readonly command: readonly string[];
  /** apt sources, one per line; empty: the program's own default. Asked for only when it is really made. */
  sources(): Promise<string>;
}
