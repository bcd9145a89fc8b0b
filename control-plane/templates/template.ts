export type TemplateState = 'building' | 'ready' | 'superseded' | 'failed' | 'deleted';

/** A version of a template as pages show it. */
export interface Template {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly version: number;
  readonly state: TemplateState;
  readonly reason: string;
  readonly source: string;
  /** Bottom first. */
  readonly layers: readonly string[];
  readonly sizeBytes: number;
  /** By name. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly stored: boolean;
  /** Hosts that have all of it. */
  readonly hostIds: readonly string[];
}
