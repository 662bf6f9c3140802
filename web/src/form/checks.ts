// What a schema says against a value, field by field, for a hint while typing. The desk has the last word.
import type { Json } from "../flow/body.ts";
import { isFields } from "../flow/body.ts";
import { type Schema, resolve, shapeFor } from "../flow/kinds.ts";
import { T } from "../texts.ts";

/** The first fault of `value` itself, "" if there is none; what is inside it is checked where it is shown. */
export function faultOf(value: Json | undefined, schema: Schema, root: Schema, required: boolean): string {
  if (value === undefined || value === "") return required && value !== null && !allowsEmpty(schema, root) ? T.form.required : "";
  const shape = shapeFor(value, schema, root);
  if (typeof value === "string") return textFault(value, shape);
  if (typeof value === "number") return numberFault(value, shape);
  if (Array.isArray(value)) return countFault(value.length, shape.minItems, shape.maxItems);
  if (isFields(value)) return countFault(Object.keys(value).length, shape.minProperties, shape.maxProperties);
  return "";
}

function allowsEmpty(schema: Schema, root: Schema): boolean {
  const plain = resolve(schema, root);
  if (plain.enum) return plain.enum.includes("");
  return plain.pattern ? new RegExp(plain.pattern).test("") : (plain.minLength ?? 0) === 0 && plain.type === "string";
}

function textFault(value: string, shape: Schema): string {
  if (shape.maxLength !== undefined && value.length > shape.maxLength) return T.form.long(shape.maxLength);
  return shape.pattern && !new RegExp(shape.pattern).test(value) ? T.form.form : "";
}

function numberFault(value: number, shape: Schema): string {
  if (shape.minimum !== undefined && value < shape.minimum) return T.form.least(shape.minimum);
  if (shape.maximum !== undefined && value > shape.maximum) return T.form.most(shape.maximum);
  return shape.exclusiveMinimum !== undefined && value <= shape.exclusiveMinimum ? T.form.above(shape.exclusiveMinimum) : "";
}

function countFault(count: number, least?: number, most?: number): string {
  if (least !== undefined && count < least) return T.form.few(least);
  return most !== undefined && count > most ? T.form.many(most) : "";
}
