import { CircleCheck, Lock } from 'lucide-react';
import type { User } from '#proto/muster/v1/user_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** Whether a user may sign in, as lists show it. */
export const userLook = ({ active }: User): StatusLook =>
  active ? { tone: 'good', word: 'Active', icon: CircleCheck } : { tone: 'wrong', word: 'Locked out', icon: Lock };
