import { randomBytes } from 'node:crypto';
import { Secret } from '#contract/secret.ts';

/** What binds a sealed secret to its repository. */
export const webhookSecretName = (repositoryId: string): string => `repository-webhook:${repositoryId}`;

/** 256 bits, as text that every forge takes. */
export const makeWebhookSecret = (): Secret => new Secret(randomBytes(32).toString('hex'));
