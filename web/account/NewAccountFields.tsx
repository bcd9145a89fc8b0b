import { PasswordField, TextField } from '../parts/Field.tsx';
import type { FieldBinding } from '../parts/useForm.ts';
import { passwordError } from './password.ts';

/** What a new account is made from. */
export interface NewAccount {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export const noAccount: NewAccount = { name: '', email: '', password: '' };

/** What can be seen to be wrong with it. */
export const checkNewAccount = ({ name, email, password }: NewAccount) => ({
  name: name.trim() === '' ? 'Type your name: pages show it to others.' : undefined,
  email: email.includes('@') ? undefined : 'Type your email address, such as you@example.com.',
  password: passwordError(password),
});

type Bindings = Record<keyof NewAccount, FieldBinding<string>>;

/** Name, email, password. The address of an invite is given. */
export function NewAccountFields({ name, email, password, emailGiven = false }: Bindings & { emailGiven?: boolean }) {
  return (
    <>
      <TextField {...name} label="Name" help="Pages show it to others." autoComplete="name" maxLength={100} />
      <TextField
        {...email}
        label="Email"
        help={emailGiven ? 'The invite is for this address.' : undefined}
        readOnly={emailGiven}
        type="email"
        autoComplete="username"
        inputMode="email"
      />
      <PasswordField
        {...password}
        label="Password"
        help="At least 12 characters. A few words are better than one clever one."
        autoComplete="new-password"
      />
    </>
  );
}
