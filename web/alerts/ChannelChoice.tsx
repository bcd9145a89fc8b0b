import type { Channel } from '#proto/muster/v1/alert_pb.js';
import { CheckField } from '../parts/CheckField.tsx';
import type { FieldBinding } from '../parts/useForm.ts';
import { channelLooks } from './states.ts';

interface ChannelChoiceProps {
  readonly field: FieldBinding<readonly string[]>;
  readonly channels: readonly Channel[];
}

/** Which channels a rule tells; all of them where none is chosen. */
export const ChannelChoice = ({ field: { value, onChange }, channels }: ChannelChoiceProps) => (
  <fieldset className="flex flex-col gap-1.5">
    <legend className="mb-1.5 text-table font-medium">Tells</legend>
    {channels.map(({ id, name, kind }) => (
      <CheckField
        key={id}
        name={id}
        label={`${name} (${channelLooks[kind].word.toLowerCase()})`}
        value={value.includes(id)}
        onChange={(on) => onChange(on ? [...value, id] : value.filter((other) => other !== id))}
      />
    ))}
    <p className="text-small text-ink-faint">
      {channels.length === 0
        ? 'There are no channels yet: those that you add are told.'
        : 'None chosen: all channels, those that you add later, too.'}
    </p>
  </fieldset>
);
