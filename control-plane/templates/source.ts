import type { MessageInitShape } from '@bufbuild/protobuf';
import type { BuildTemplateRequestSchema } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { CreateTemplateRequest } from '#proto/muster/v1/template_pb.js';
import { invalidField } from '../errors.ts';
import type { LayerStore } from '../store/index.ts';

export type Source = CreateTemplateRequest['source'];
type Part = MessageInitShape<typeof BuildTemplateRequestSchema>;

/** What it is made from, in words and without secrets. */
export function saySource(source: Source): string {
  switch (source.case) {
    case 'ociImage':
      return `image ${source.value.reference}`;
    case 'tarballDigest':
      return `tarball ${source.value}`;
    case 'debianPackages':
      return source.value.packages.length === 0
        ? 'Debian'
        : `Debian with ${source.value.packages.join(', ')}`.slice(0, 1000);
    case 'snapshotId':
      return `snapshot ${source.value}`;
    case undefined:
      return '';
  }
}

/** What the host that builds is told. Throws where the tarball is not there. */
export async function* partsOf(source: Source, store: LayerStore): AsyncGenerator<Part> {
  switch (source.case) {
    case 'ociImage':
    case 'debianPackages':
      yield { part: source };
      return;
    case 'tarballDigest': {
      const sizeBytes = await store.size(source.value);
      if (sizeBytes === undefined) throw missingTarball(false);
      yield { part: { case: 'tarball', value: { sizeBytes: BigInt(sizeBytes) } } };
      for await (const data of store.read(source.value, 0)) yield { part: { case: 'data', value: data } };
      return;
    }
    case 'snapshotId':
    case undefined:
      return; // no host builds it
  }
}

/** `isElsewhere`: another replica has it, in a directory of its own. */
export const missingTarball = (isElsewhere: boolean) =>
  invalidField(
    'tarball_digest',
    isElsewhere
      ? 'tarball_digest: this tarball is with another replica, which does not share MUSTER_DATA_DIR/layers with this one: an operator can mend that. Until then upload it again and repeat the call, over one connection.'
      : 'tarball_digest: this tarball is not here (any more). Upload it, then repeat the call.',
  );
