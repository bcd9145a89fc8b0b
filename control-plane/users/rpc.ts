import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { UserService, type EraseUserResponseSchema, type UserSchema } from '#proto/muster/v1/user_pb.js';
import { authorize, userOf } from '../access/index.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { spend } from '../limits/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { requestContext } from '../server/request-context.ts';
import { visibleTeam } from '../teams/index.ts';
import { changeActive, changePlatformAdmin, rename } from './administer.ts';
import { findUser, listUsers, searchUsers } from './directory-store.ts';
import { emailKey } from './email.ts';
import type { UserRow } from './user.ts';

/** What userRoutes asks of others: to erase a person with all that has to end with them. */
type EraseUser = (
  context: Context,
  request: { userId: string; confirmName: string; reason: string },
) => Promise<MessageInitShape<typeof EraseUserResponseSchema>>;

export const userRoutes =
  (eraseUser: EraseUser) =>
  (router: ConnectRouter): void => {
    router.service(UserService, {
      async getUser({ userId }, { values }) {
        const context = values.get(requestContext);
        const caller = userOf(context.caller);
        authorize(caller, 'user.read');
        // Others do not exist for somebody who does not run the installation.
        if (userId !== '' && userId !== caller.userId && !caller.platformAdmin) throw notFound('user');
        const user = await findUser(context.sql, userId || caller.userId);
        if (!user) throw notFound('user');
        return { user: toProto(user) };
      },

      async updateUser({ name }, { values }) {
        const context = values.get(requestContext);
        authorize(context.caller, 'user.update');
        return { user: toProto(await rename(context, userOf(context.caller), name)) };
      },

      async searchUsers({ teamId, emailPrefix }, { values }) {
        const context = values.get(requestContext);
        await visibleTeam(context, teamId);
        authorize(context.caller, 'user.search', { teamId });
        await spend(context, 'user_search', context.caller.actor);
        return { users: await searchUsers(context.sql, teamId, emailKey(emailPrefix)) };
      },

      async listUsers({ pageSize: asked, pageToken, search }, { values }) {
        const context = values.get(requestContext);
        authorize(context.caller, 'user.administer');
        const size = pageSize(asked);
        const rows = await listUsers(
          context.sql,
          search.trim(),
          placeFrom(pageToken, [/^.*$/su, /^[a-z0-9]+$/]),
          size + 1,
        );
        const page = pageOf(rows, size, ({ name, id }) => [name, id]);
        return { users: page.rows.map(toProto), nextPageToken: page.nextPageToken };
      },

      async setUserActive({ userId, active }, { values }) {
        const context = values.get(requestContext);
        authorize(context.caller, 'user.administer');
        const { user, teamsWithoutOwner } = await changeActive(context, userId, active);
        return { user: toProto(user), teamsWithoutOwner: [...teamsWithoutOwner] };
      },

      async setPlatformAdmin({ userId, platformAdmin }, { values }) {
        const context = values.get(requestContext);
        authorize(context.caller, 'user.administer');
        return { user: toProto(await changePlatformAdmin(context, userId, platformAdmin)) };
      },

      async eraseUser(request, { values }) {
        const context = values.get(requestContext);
        authorize(context.caller, 'user.erase');
        return eraseUser(context, request);
      },
    });
  };

const toProto = (user: UserRow): MessageInitShape<typeof UserSchema> => ({
  id: user.id,
  name: user.name,
  email: user.email,
  platformAdmin: user.platformAdmin,
  active: user.active,
  createdAt: timestampFromDate(user.createdAt),
  ...(user.lastSeenAt && { lastSeenAt: timestampFromDate(user.lastSeenAt) }),
  secondFactor: user.secondFactor,
  teams: user.teams,
});
