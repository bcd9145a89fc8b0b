import type { Resealing } from '../../installation/index.ts';
import { channelSealName } from './channel.ts';
import { lockSealedChannels, resealChannel } from './store.ts';

/** Seals where channels lead anew, for another master key. */
export const resealChannels: Resealing = async (sql, { reseal }) => {
  const channels = await lockSealedChannels(sql);
  for (const { id, sealed } of channels) await resealChannel(sql, id, reseal(channelSealName(id), sealed));
  return channels.length;
};
