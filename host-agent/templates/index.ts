export { missingBuilders } from './builders.ts';
export { buildRoot, CannotBuild, type TemplateSource } from './build-from.ts';
export { openTemplates, UnknownTemplate, type Template, type Templates } from './templates.ts';
