export { announce, announcement, openEventBus, type Change, type EventBus, type Topic } from './bus.ts';
export { watchChanges, type WatchSignal } from './watch.ts';
