import type { Template } from '#proto/muster/v1/template_pb.js';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';

/** What the address of the templates' page says. */
export interface TemplateSearch {
  readonly q?: string | undefined;
  /** The one that is open. */
  readonly template?: string | undefined;
  readonly dialog?: 'create' | undefined;
  /** With the dialog: the snapshot that it is to be made from. */
  readonly snapshot?: string | undefined;
}

export const parseTemplateSearch = (raw: RawSearch): TemplateSearch => ({
  q: searchText(raw, 'q'),
  template: searchText(raw, 'template'),
  dialog: searchWord(raw, 'dialog', ['create']),
  snapshot: searchText(raw, 'snapshot'),
});

/** Whether a template passes. The text is looked for in name, source, id, digest and who made it. */
export const passesTemplateFilter = (template: Template, { q = '' }: TemplateSearch): boolean =>
  [template.name, template.source, template.id, template.digest, template.createdBy].some((text) =>
    text.toLowerCase().includes(q.toLowerCase()),
  );
