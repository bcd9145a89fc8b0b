import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { TemplateState as WireState, type TemplateSchema } from '#proto/muster/v1/template_pb.js';
import { boundHostOf, type Caller } from '../access/index.ts';
import type { Template, TemplateState } from './template.ts';

const states = {
  building: WireState.BUILDING,
  ready: WireState.READY,
  superseded: WireState.READY,
  failed: WireState.FAILED,
  deleted: WireState.UNSPECIFIED,
} satisfies Record<TemplateState, WireState>;

/** A template as this caller reads it. */
export function templateToProto(template: Template, caller: Caller): MessageInitShape<typeof TemplateSchema> {
  const { id, teamId, name, version, reason, source, createdBy, stored, layers } = template;
  const bound = boundHostOf(caller);
  return {
    id,
    teamId,
    name,
    version,
    reason,
    source,
    createdBy,
    stored,
    state: states[template.state],
    digest: layers.at(-1) ?? '',
    sizeBytes: BigInt(template.sizeBytes),
    createdAt: timestampFromDate(template.createdAt),
    hostIds: template.hostIds.filter((hostId) => bound === undefined || hostId === bound),
  };
}
