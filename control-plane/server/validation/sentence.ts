import { getOption, hasOption, type DescField } from '@bufbuild/protobuf';
import { reflect, type Path, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import type { ValidationError, Violation } from '@bufbuild/protovalidate';
import { field as rulesOption, FieldRulesSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { invalidField, type Refusal } from '../../errors.ts';
import { patternSentence } from './patterns.ts';

/** The first violation as one sentence that names the field and says what would be right. */
export function refusalOfViolation({ violations }: ValidationError): Refusal {
  const [violation] = violations;
  if (!violation) return invalidField('', 'The request breaks a rule of the contract.');
  return invalidField(fieldPath(violation.field), sentenceOf(violation));
}

/** All violations as such sentences. */
export const sentencesOfViolations = ({ violations }: ValidationError): string[] => violations.map(sentenceOf);

function sentenceOf(violation: Violation): string {
  const part = violation.forKey ? 'each key ' : '';
  return `${fieldPath(violation.field) || 'The request'}: ${part}${predicate(violation)}.`.replace(/\.\.$/, '.');
}

/** `limits.memory_mib`, `env["A"]`, `argv[2]`. */
function fieldPath(path: Path): string {
  return path.reduce((text, step) => {
    switch (step.kind) {
      case 'list_sub':
        return `${text}[${step.index}]`;
      case 'map_sub':
        return `${text}[${JSON.stringify(String(step.key).slice(0, 64))}]`;
      default:
        return text ? `${text}.${step.name}` : step.name;
    }
  }, '');
}

function predicate(violation: Violation): string {
  const field = violation.field.findLast((step): step is DescField => step.kind === 'field');
  switch (violation.ruleId) {
    case 'required':
      return 'must be given';
    case 'string.min_len':
      return field && ruleValue(field, violation.rule) === 1n ? 'must not be empty' : violation.message;
    case 'string.pattern': {
      const pattern = field && ruleValue(field, violation.rule);
      return typeof pattern === 'string' ? patternSentence(pattern) : violation.message;
    }
    case 'enum.defined_only': {
      const names = enumOf(field)?.values.map(({ name }) => name);
      return names ? `must be one of ${names.join(', ')}` : violation.message;
    }
    default:
      return violation.message;
  }
}

const enumOf = (field: DescField | undefined) => (field && 'enum' in field ? field.enum : undefined);

/** What a rule of a field was set to in the contract. */
function ruleValue(field: DescField, rule: Path): unknown {
  if (!hasOption(field, rulesOption)) return undefined;
  let at: unknown = reflect(FieldRulesSchema, getOption(field, rulesOption));
  for (const step of rule) {
    if (step.kind !== 'field' || !isReflectMessage(at)) return undefined;
    at = at.get(step);
  }
  return at;
}

const isReflectMessage = (value: unknown): value is ReflectMessage =>
  typeof value === 'object' && value !== null && 'desc' in value && 'get' in value;
