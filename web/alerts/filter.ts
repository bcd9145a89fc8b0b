import { DeliveryState } from '#proto/muster/v1/alert_pb.js';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';

/** What the address of the page of alerts says. */
export interface AlertSearch {
  /** Also what is over. */
  readonly over?: 'shown' | undefined;
  /** The alert that is shown whole. */
  readonly alert?: string | undefined;
}

export const parseAlertSearch = (raw: RawSearch): AlertSearch => ({
  over: searchWord(raw, 'over', ['shown']),
  alert: searchText(raw, 'alert'),
});

/** What the address of the page of rules, or of channels, says. */
export interface MakeSearch {
  readonly dialog?: 'make' | undefined;
  /** The one that is being changed. */
  readonly change?: string | undefined;
}

export const parseMakeSearch = (raw: RawSearch): MakeSearch => ({
  dialog: searchWord(raw, 'dialog', ['make']),
  change: searchText(raw, 'change'),
});

export const deliveryStates = {
  waiting: DeliveryState.WAITING,
  delivered: DeliveryState.DELIVERED,
  dead: DeliveryState.DEAD,
} as const;
type DeliveryWord = keyof typeof deliveryStates;

/** What the address of the page of deliveries says. */
export interface DeliverySearch {
  readonly state?: DeliveryWord | undefined;
  /** Only to this channel, by its id. */
  readonly channel?: string | undefined;
}

export const parseDeliverySearch = (raw: RawSearch): DeliverySearch => ({
  state: searchWord(raw, 'state', Object.keys(deliveryStates) as DeliveryWord[]), // the table's own keys
  channel: searchText(raw, 'channel'),
});
