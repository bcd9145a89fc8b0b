import type { ServiceImpl } from '@connectrpc/connect';
import type { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { recordAudit } from '../../audit/index.ts';
import { authorize } from '../../access/index.ts';
import { invalidField, notFound } from '../../errors.ts';
import { announce } from '../../events/index.ts';
import { requestContext } from '../../server/request-context.ts';
import { findRepository, findRepositoryByName } from '../repositories/store.ts';
import { openEnvelope } from './envelope.ts';
import { readPublicKey } from './key.ts';
import { deleteKey, insertAttestation, insertKey, readKeys, type ProvenanceKeyRow } from './store.ts';

type Methods = Required<
  Pick<ServiceImpl<typeof FleetService>, 'addProvenanceKey' | 'removeProvenanceKey' | 'publishProvenance'>
>;

export const keyToProto = ({ id, name, addedAt }: Pick<ProvenanceKeyRow, 'id' | 'name' | 'addedAt'>) => ({
  id,
  name,
  addedAt: timestampFromDate(addedAt),
});

/** What says which builds are to be trusted. */
export const provenanceMethods: Methods = {
  async addProvenanceKey({ repositoryId, name, publicKey }, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'repository.manage');
    const { id } = readPublicKey(publicKey);
    if (name.trim() === '') throw invalidField('name', 'Give the key a name, such as the pipeline that holds it.');
    return context.transaction(async (sql) => {
      if (!(await findRepository(sql, repositoryId))) throw notFound('repository');
      if (await insertKey(sql, repositoryId, { id, name: name.trim(), publicKey })) {
        const after = { keyId: id, name: name.trim() };
        await recordAudit(sql, context, { action: 'repository.trust_key', target: repositoryId, after });
        await announce(sql, 'repository', [repositoryId]);
      }
      const key = (await readKeys(sql, repositoryId)).find((one) => one.id === id);
      return { key: key && keyToProto(key) };
    });
  },

  async removeProvenanceKey({ repositoryId, keyId }, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'repository.manage');
    await context.transaction(async (sql) => {
      if (!(await findRepository(sql, repositoryId))) throw notFound('repository');
      const name = await deleteKey(sql, repositoryId, keyId);
      if (name === undefined) return;
      await recordAudit(sql, context, {
        action: 'repository.distrust_key',
        target: repositoryId,
        before: { keyId, name },
      });
      await announce(sql, 'repository', [repositoryId]);
    });
    return {};
  },

  async publishProvenance({ repository: named, envelope }, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'head.publish');
    return context.transaction(async (sql) => {
      const repository = (await findRepository(sql, named)) ?? (await findRepositoryByName(sql, named));
      if (!repository) throw notFound('repository');
      const keys = await readKeys(sql, repository.id);
      if (keys.length === 0)
        throw invalidField('repository', 'It trusts no key yet. Add the public key of your CI first.');
      const trusted = keys.map(({ publicKey }) => readPublicKey(publicKey));
      const { keyId, commit, artifacts } = openEnvelope(envelope, trusted, repository.url);
      const added = await insertAttestation(sql, { repositoryId: repository.id, keyId, commit, artifacts, envelope });
      if (added > 0) {
        const after = { sha: commit, artifacts, keyId };
        await recordAudit(sql, context, { action: 'provenance.publish', target: repository.id, after });
        await announce(sql, 'repository', [repository.id]);
      }
      const key = keys.find(({ id }) => id === keyId);
      return { sha: commit, artifactSha256: [...artifacts], key: key && keyToProto(key) };
    });
  },
};
