import type { Group } from './field.ts';

const withSmtp = { name: 'mail.transport', value: 'smtp' };
const withResend = { name: 'mail.transport', value: 'resend' };

/** How mail leaves the installation. */
export const mail: Group = {
  name: 'mail',
  title: 'Mail',
  section: 'Mail',
  help: 'Invites, welcome mails, password resets and notices. Without mail, their links are shown to copy.',
  test: { label: 'Send test mail', takesRecipient: true },
  fields: [
    {
      name: 'mail.transport',
      label: 'Sent through',
      help: 'What hands mail over to the world.',
      kind: 'choice',
      fallback: () => 'environment',
      choices: [
        { value: 'environment', label: 'As the environment says' },
        { value: 'resend', label: 'Resend' },
        { value: 'smtp', label: 'A mail server (SMTP)' },
        { value: 'none', label: 'Nothing: send no mail' },
      ],
    },
    {
      name: 'mail.from_address',
      label: 'From address',
      help: 'Who mail comes from. Resend and most mail servers take only addresses of a domain that they know as yours.',
      placeholder: 'muster@example.com',
      kind: 'email',
      fallback: ({ mail: given }) => given?.from ?? '',
    },
    {
      name: 'mail.from_name',
      label: 'From name',
      help: 'The name beside that address.',
      placeholder: 'Muster',
      kind: 'text',
      fallback: ({ mail: given }) => given?.fromName ?? 'Muster',
    },
    {
      name: 'mail.resend_api_key',
      label: 'Resend API key',
      help: 'A key with sending access is enough.',
      placeholder: 're_…',
      kind: 'secret',
      shape: 'token',
      sentTo: ['mail.resend_base_url'],
      shownWhen: withResend,
    },
    {
      name: 'mail.resend_base_url',
      label: 'Resend base URL',
      help: 'Only for a proxy of your own. Changing it clears the key, which was entered for the address before.',
      kind: 'url',
      fallback: () => 'https://api.resend.com',
      shownWhen: withResend,
    },
    {
      name: 'mail.smtp_host',
      label: 'Server',
      help: 'Its name. Changing it clears the password, which was entered for the server before.',
      placeholder: 'smtp.example.com',
      kind: 'host',
      fallback: () => '',
      shownWhen: withSmtp,
    },
    {
      name: 'mail.smtp_security',
      label: 'Encryption',
      help: 'Most servers want STARTTLS on port 587, or TLS on port 465.',
      kind: 'choice',
      fallback: () => 'starttls',
      choices: [
        { value: 'starttls', label: 'STARTTLS' },
        { value: 'tls', label: 'TLS from the first byte' },
        { value: 'none', label: 'None: only without a password, or on this machine' },
      ],
      shownWhen: withSmtp,
    },
    {
      name: 'mail.smtp_port',
      label: 'Port',
      help: 'Where the server listens for mail to hand over.',
      kind: 'port',
      fallback: () => '587',
      shownWhen: withSmtp,
    },
    {
      name: 'mail.smtp_user',
      label: 'User',
      help: 'Empty where the server asks for none.',
      kind: 'text',
      fallback: () => '',
      shownWhen: withSmtp,
    },
    {
      name: 'mail.smtp_password',
      label: 'Password',
      help: 'Of that user.',
      kind: 'secret',
      shape: 'password',
      sentTo: ['mail.smtp_host', 'mail.smtp_port', 'mail.smtp_security'],
      shownWhen: withSmtp,
    },
  ],
};
