import { useQuery } from '@connectrpc/connect-query';
import { TemplateService } from '#proto/muster/v1/template_pb.js';

/** There is no stream of templates; while somebody looks they are asked for so often. */
const everyMs = 3000;

/** The newest versions of the active team's templates, by name, kept up to date. */
export const useTemplates = () =>
  useQuery(TemplateService.method.listTemplates, { pageSize: 1000 }, { refetchInterval: everyMs });
