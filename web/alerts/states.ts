import {
  BellOff,
  BellRing,
  CheckCheck,
  CircleCheck,
  CircleHelp,
  CircleSlash,
  Clock,
  Copy,
  DatabaseBackup,
  FileBadge,
  FilePen,
  GitCompareArrows,
  GitFork,
  History,
  Hourglass,
  Mail,
  MessageSquare,
  MoonStar,
  Rocket,
  ServerOff,
  ShieldAlert,
  Timer,
  Unplug,
  Webhook,
  type LucideIcon,
} from 'lucide-react';
import { AlertKind, AlertState, ChannelKind, DeliveryEvent, DeliveryState } from '#proto/muster/v1/alert_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

interface Looked {
  readonly word: string;
  readonly icon: LucideIcon;
}

/** What a rule looks for, in a word. */
export const kindLooks: Readonly<Record<AlertKind, Looked>> = {
  [AlertKind.UNSPECIFIED]: { word: 'Unknown', icon: BellRing },
  [AlertKind.DIVERGED]: { word: 'Diverged', icon: GitFork },
  [AlertKind.DIRTY]: { word: 'Uncommitted changes', icon: FilePen },
  [AlertKind.REWRITTEN]: { word: 'Rewritten branch', icon: History },
  [AlertKind.BEHIND]: { word: 'Behind', icon: GitCompareArrows },
  [AlertKind.STALE]: { word: 'Silent component', icon: Timer },
  [AlertKind.HOST_UNREACHABLE]: { word: 'Unreachable host', icon: ServerOff },
  [AlertKind.DISRUPTION]: { word: 'Disruption', icon: Unplug },
  [AlertKind.ROLLOUT_FAILED]: { word: 'Failed rollout', icon: Rocket },
  [AlertKind.SILENT_SANDBOX]: { word: 'Silent work', icon: MoonStar },
  [AlertKind.HOST_QUARANTINED]: { word: 'Quarantined host', icon: ShieldAlert },
  [AlertKind.SECOND_AGENT]: { word: 'Second agent', icon: Copy },
  [AlertKind.UNKNOWN_SANDBOXES]: { word: 'Unknown sandboxes', icon: CircleHelp },
  [AlertKind.DRAIN_GAVE_UP]: { word: 'Drain that gave up', icon: Hourglass },
  [AlertKind.DRIFT]: { word: 'Older database', icon: DatabaseBackup },
  [AlertKind.CERTIFICATE]: { word: 'Certificate', icon: FileBadge },
};

export const alertLooks: Readonly<Record<AlertState, StatusLook>> = {
  [AlertState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: BellOff },
  [AlertState.FIRING]: { tone: 'wrong', word: 'Fires', icon: BellRing },
  [AlertState.RESOLVED]: { tone: 'idle', word: 'Over', icon: CheckCheck },
};

export const channelLooks: Readonly<Record<ChannelKind, Looked>> = {
  [ChannelKind.UNSPECIFIED]: { word: 'Unknown', icon: BellOff },
  [ChannelKind.WEBHOOK]: { word: 'Webhook', icon: Webhook },
  [ChannelKind.MAIL]: { word: 'Mail', icon: Mail },
  [ChannelKind.SLACK]: { word: 'Chat (Slack-compatible)', icon: MessageSquare },
};

export const deliveryLooks: Readonly<Record<DeliveryState, StatusLook>> = {
  [DeliveryState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: Clock },
  [DeliveryState.WAITING]: { tone: 'attention', word: 'Waits', icon: Hourglass },
  [DeliveryState.DELIVERED]: { tone: 'good', word: 'Delivered', icon: CircleCheck },
  [DeliveryState.DEAD]: { tone: 'wrong', word: 'Given up', icon: CircleSlash },
};

export const eventWords: Readonly<Record<DeliveryEvent, string>> = {
  [DeliveryEvent.UNSPECIFIED]: '',
  [DeliveryEvent.FIRING]: 'It began',
  [DeliveryEvent.GROWN]: 'More machines',
  [DeliveryEvent.RESOLVED]: 'It is over',
  [DeliveryEvent.TEST]: 'Test',
};
