import { useQuery } from '@connectrpc/connect-query';
import { TemplateService } from '#proto/muster/v1/template_pb.js';

/** Asked for while somebody looks. A stream would hold one of the few connections that all tabs of a browser share. */
const everyMs = 2000;

/** The newest versions of the active team's templates, by name, kept up to date. */
export const useTemplates = () =>
  useQuery(TemplateService.method.listTemplates, { pageSize: 1000 }, { refetchInterval: everyMs });
