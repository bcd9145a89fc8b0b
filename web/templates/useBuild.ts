import { createClient } from '@connectrpc/connect';
import { createConnectQueryKey, useTransport } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { TemplateService, type Template } from '#proto/muster/v1/template_pb.js';
import { templateRequest, type NewTemplate } from './source-form.ts';
import { uploadTarball } from './upload-tarball.ts';

/** How far a build is. */
export interface Progress {
  readonly message: string;
  /** From 0 to 100. */
  readonly percent: number;
}

/** Builds templates. Who leaves cancels what is under way. */
export function useBuild() {
  const transport = useTransport();
  const queries = useQueryClient();
  const [progress, setProgress] = useState<Progress>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const build = async (
    values: NewTemplate,
    file: File | undefined,
    requestId: string,
  ): Promise<Template | undefined> => {
    const leave = new AbortController();
    running.current = leave;
    const { signal } = leave;
    try {
      setProgress({ message: 'Beginning', percent: 0 });
      const digest =
        values.kind === 'tarball' && file
          ? (
              await uploadTarball(file, {
                signal,
                onProgress: (part) =>
                  setProgress({ message: `Uploading ${file.name}`, percent: Math.round(part * 100) }),
              })
            ).digest
          : '';
      const request = { ...templateRequest(values, digest), requestId };
      let made: Template | undefined;
      for await (const { event } of createClient(TemplateService, transport).createTemplate(request, { signal })) {
        if (event.case === 'progress') setProgress(event.value);
        if (event.case === 'template') made = event.value;
      }
      return made;
    } finally {
      setProgress(undefined);
      await queries.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: TemplateService.method.listTemplates, cardinality: undefined }),
      });
    }
  };
  return { build, progress };
}
