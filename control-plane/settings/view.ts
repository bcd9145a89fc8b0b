import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { SettingKind, type SettingGroupSchema, type SettingSchema } from '#proto/muster/v1/settings_pb.js';
import type { Context } from '../context.ts';
import type { Hands } from './hands.ts';
import { isSecretField, type Field, type Group } from './registry/index.ts';
import { readSecretStates, type SecretState } from './secrets/store.ts';
import { readSettings, type SavedSetting } from './store.ts';

const kinds = {
  text: SettingKind.TEXT,
  email: SettingKind.EMAIL,
  host: SettingKind.TEXT,
  url: SettingKind.URL,
  port: SettingKind.PORT,
  amount: SettingKind.TEXT,
  choice: SettingKind.CHOICE,
  secret: SettingKind.SECRET,
} as const satisfies Record<Field['kind'], SettingKind>;

/** Groups as they stand now. Values of secrets are not even read for it. */
export async function viewGroups(
  context: Context,
  groups: readonly Group[],
  hands: Hands,
): Promise<MessageInitShape<typeof SettingGroupSchema>[]> {
  const views = await viewFields(
    context,
    groups.flatMap(({ fields }) => fields),
  );
  return Promise.all(
    groups.map(async ({ name, title, section, help, test, fields }) => ({
      name,
      title,
      section,
      help,
      testLabel: test?.label ?? '',
      testTakesRecipient: test?.takesRecipient ?? false,
      settings: fields.flatMap((field) => views.get(field.name) ?? []),
      ...(await hands[name]?.standing(context)),
    })),
  );
}

/** One setting as it stands now. */
export async function viewField(context: Context, field: Field): Promise<MessageInitShape<typeof SettingSchema>> {
  const [view] = (await viewFields(context, [field])).values();
  return view!; // one was asked for
}

async function viewFields({ sql, config }: Context, fields: readonly Field[]) {
  const names = fields.map(({ name }) => name);
  const [settings, secrets] = await Promise.all([readSettings(sql, names), readSecretStates(sql, names)]);
  const saved = new Map(settings.map((setting) => [setting.name, setting]));
  const kept = new Map(secrets.map((secret) => [secret.name, secret]));
  return new Map(
    fields.map((field): [string, MessageInitShape<typeof SettingSchema>] => [
      field.name,
      {
        name: field.name,
        label: field.label,
        help: field.help,
        kind: kinds[field.kind],
        placeholder: field.placeholder ?? '',
        ...(field.shownWhen && { shownWhen: field.shownWhen }),
        ...(isSecretField(field)
          ? { state: { case: 'secret', value: secretState(kept.get(field.name)) } as const }
          : {
              choices: [...(field.choices ?? [])],
              state: { case: 'plain', value: plainState(field.fallback(config), saved.get(field.name)) } as const,
            }),
      },
    ]),
  );
}

const plainState = (fallback: string, saved: SavedSetting | undefined) => ({
  value: saved?.value ?? fallback,
  defaultValue: fallback,
  isSet: typeof saved?.value === 'string',
  version: BigInt(saved?.version ?? 0),
  ...(saved && saved.version > 0 && { updatedAt: timestampFromDate(saved.updatedAt), updatedBy: saved.updatedBy }),
});

const secretState = (state: SecretState | undefined) => ({
  isSet: state?.set ?? false,
  version: BigInt(state?.version ?? 0),
  fingerprint: state?.fingerprint ?? '',
  lastError: state?.lastError ?? '',
  ...(state && state.version > 0 && { updatedAt: timestampFromDate(state.updatedAt), updatedBy: state.updatedBy }),
  ...(state?.lastUsedAt && { lastUsedAt: timestampFromDate(state.lastUsedAt) }),
});
