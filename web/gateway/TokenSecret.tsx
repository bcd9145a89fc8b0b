import { StoreSecret } from '../credentials/StoreSecret.tsx';
import { CommandBlock } from '../parts/Copy.tsx';

/** A token's secret, this once, with where it goes. */
export const TokenSecret = ({ secret, onStored }: { secret: string; onStored: () => void }) => (
  <StoreSecret
    label="Token"
    secret={secret}
    lost="It is shown this once. If it is lost, rotate the token."
    onStored={onStored}
  >
    <p className="text-table text-ink-muted">
      Everything that speaks the API of OpenAI takes it as its key, in <code className="text-code">OPENAI_API_KEY</code>
      , with this address:
    </p>
    <CommandBlock command={`export OPENAI_BASE_URL=${window.location.origin}/v1`} />
  </StoreSecret>
);
