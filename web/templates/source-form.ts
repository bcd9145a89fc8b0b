import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CreateTemplateRequestSchema } from '#proto/muster/v1/template_pb.js';

export const sourceKinds = {
  image: 'Image of a registry',
  packages: 'Debian packages',
  tarball: 'Tarball',
  snapshot: 'Snapshot',
} as const;
export type SourceKind = keyof typeof sourceKinds;

/** What the form for a new template begins with. Fields are named as in the request. */
export const newTemplate = {
  name: '',
  kind: 'image' as SourceKind,
  reference: '',
  username: '',
  password: '',
  insecure: false,
  packages: '',
  snapshot_id: '',
};
export type NewTemplate = typeof newTemplate;

const nameRule = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;
const referenceRule = /^[a-zA-Z0-9][a-zA-Z0-9._:/@-]{2,299}$/;
const packageRule = /^[a-z0-9][a-z0-9+.-]{1,99}$/;

const packageNames = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** What can be seen to be wrong before anything is sent. */
export function checkNewTemplate(values: NewTemplate, file: File | undefined) {
  const { name, kind, reference, packages, snapshot_id } = values;
  const strange = packageNames(packages).find((one) => !packageRule.test(one));
  return {
    name: nameError(name.trim()),
    reference:
      kind === 'image' && !referenceRule.test(reference.trim())
        ? 'Name an image with its registry, such as docker.io/library/debian:12.'
        : undefined,
    packages:
      kind === 'packages' && strange !== undefined
        ? `“${strange}” is no name of a Debian package. Separate names by spaces.`
        : undefined,
    snapshot_id: kind === 'snapshot' && snapshot_id === '' ? 'Choose a snapshot.' : undefined,
    kind: kind === 'tarball' && file === undefined ? 'Choose a file.' : undefined,
  };
}

function nameError(name: string): string | undefined {
  if (name === 'base') return 'base is the hosts’ own. Choose another name.';
  return nameRule.test(name)
    ? undefined
    : 'Use small letters, digits, hyphens, dots and underscores; begin and end with a letter or digit.';
}

/** The form as a request; a tarball by the digest that its upload answered. */
export function templateRequest(
  values: NewTemplate,
  tarballDigest = '',
): MessageInitShape<typeof CreateTemplateRequestSchema> {
  return { name: values.name.trim(), source: sourceOf(values, tarballDigest) };
}

function sourceOf(
  { kind, reference, username, password, insecure, packages, snapshot_id }: NewTemplate,
  tarballDigest: string,
): MessageInitShape<typeof CreateTemplateRequestSchema>['source'] {
  switch (kind) {
    case 'image':
      return {
        case: 'ociImage',
        value: { reference: reference.trim(), username: username.trim(), password, insecure },
      };
    case 'packages':
      return { case: 'debianPackages', value: { packages: packageNames(packages) } };
    case 'tarball':
      return { case: 'tarballDigest', value: tarballDigest };
    case 'snapshot':
      return { case: 'snapshotId', value: snapshot_id };
  }
}
