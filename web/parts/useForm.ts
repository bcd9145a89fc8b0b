import { useEffect, useRef, useState, type FormEvent, type RefObject } from 'react';
import { toProblem, type Problem } from '../problems/problem.ts';

type Errors<Values> = { [Name in keyof Values]?: string | undefined };

interface FormOptions<Values> {
  readonly initial: Values;
  /** What can be seen to be wrong before anything is sent. */
  readonly check?: (values: Values) => Errors<Values>;
  /** Sends. What it throws is shown at its field, or else in the form. */
  readonly submit: (values: Values) => Promise<void>;
}

/** What a field of a form needs. */
export interface FieldBinding<Value> {
  readonly name: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly error: string | undefined;
}

export interface FormState<Values> {
  readonly values: Values;
  readonly bind: <Name extends keyof Values & string>(name: Name) => FieldBinding<Values[Name]>;
  readonly busy: boolean;
  /** What went wrong and belongs to no field. */
  readonly problem: Problem | undefined;
  readonly onSubmit: (event: FormEvent) => void;
  readonly ref: RefObject<HTMLFormElement | null>;
}

/** A form's values, errors and sending. Fields are named as in the request, so that the server's errors find them. */
export function useForm<Values extends Record<string, unknown>>({
  initial,
  check,
  submit,
}: FormOptions<Values>): FormState<Values> {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Errors<Values>>({});
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const ref = useRef<HTMLFormElement>(null);

  useEffect(() => {
    const wrong = ref.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    if (Object.values(errors).some(Boolean)) wrong?.focus();
  }, [errors]);

  const send = async () => {
    setProblem(undefined);
    const found = check?.(values) ?? {};
    if (Object.values(found).some(Boolean)) return setErrors(found);
    setErrors({});
    setBusy(true);
    try {
      await submit(values);
    } catch (error) {
      const failure = toProblem(error);
      const field = fieldOf(failure.field, values);
      if (field === undefined) setProblem(failure);
      else setErrors({ [field]: [failure.message, failure.help].filter(Boolean).join(' ') } as Errors<Values>); // the key is one of Values
    } finally {
      setBusy(false);
    }
  };

  return {
    values,
    busy,
    problem,
    ref,
    bind: (name) => ({
      name,
      value: values[name],
      error: errors[name],
      onChange: (value) => {
        setValues((before) => ({ ...before, [name]: value }));
        if (errors[name] !== undefined) setErrors((before) => ({ ...before, [name]: undefined }));
      },
    }),
    onSubmit: (event) => {
      event.preventDefault();
      if (!busy) void send();
    },
  };
}

/** The form's field that a request path names: `limits.memory_mib` itself, or `labels` for `labels["a"]`. */
export function fieldOf<Values extends object>(path: string, values: Values): keyof Values | undefined {
  const candidates = [path, path.split('[')[0], path.split('.')[0], path.split('.').at(-1)];
  return candidates.find(
    (candidate) => candidate !== undefined && candidate !== '' && Object.hasOwn(values, candidate),
  ) as keyof Values | undefined; // just shown to be one
}
