export { openTemplates, UnknownTemplate, type Template, type Templates } from './templates.ts';
