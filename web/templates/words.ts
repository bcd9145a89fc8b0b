import { CircleCheck, CircleHelp, CircleX, LoaderCircle } from 'lucide-react';
import { TemplateState } from '#proto/muster/v1/template_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

export const templateLooks: Readonly<Record<TemplateState, StatusLook>> = {
  [TemplateState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [TemplateState.BUILDING]: { tone: 'moving', word: 'Building', icon: LoaderCircle },
  [TemplateState.READY]: { tone: 'good', word: 'Ready', icon: CircleCheck },
  [TemplateState.FAILED]: { tone: 'wrong', word: 'Failed', icon: CircleX },
};
