import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { AlertService, type AlertRule, type Channel } from '#proto/muster/v1/alert_pb.js';
import { Confirm } from '../parts/Confirm.tsx';
import { useTell } from '../problems/useReport.ts';

/** Ends a rule for good. */
export function RemoveRuleDialog({ rule, onClose }: { rule: AlertRule; onClose: () => void }) {
  const remove = useMutation(AlertService.method.deleteAlertRule);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Remove ${rule.name}`}
      action="Remove rule"
      onConfirm={async () => {
        await remove.mutateAsync({ ruleId: rule.id });
        await queries.invalidateQueries();
        tell(`${rule.name} is removed.`);
      }}
    >
      Nobody is told any more of what it looks for. What fires by it ends without a message; its history stays. To be
      quiet for a while, switch it off instead.
    </Confirm>
  );
}

/** Ends a channel for good. */
export function RemoveChannelDialog({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const remove = useMutation(AlertService.method.deleteChannel);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Remove ${channel.name}`}
      action="Remove channel"
      onConfirm={async () => {
        await remove.mutateAsync({ channelId: channel.id });
        await queries.invalidateQueries();
        tell(`${channel.name} is removed.`);
      }}
    >
      Nothing is told there any more
      {channel.waiting > 0 &&
        `, and ${channel.waiting} ${channel.waiting === 1 ? 'message that waits is' : 'messages that wait are'} given up`}
      . Rules that name it alone tell nobody then.
    </Confirm>
  );
}
