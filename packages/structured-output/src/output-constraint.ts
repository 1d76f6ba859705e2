/**
 * A constraint that every answer satisfies. `json`: any JSON value. `structural-tag`: as xgrammar defines it, as JSON
 * text.
 */
export type OutputConstraint =
  | { readonly kind: 'json' }
  | { readonly kind: 'json-schema' /** JSON text. */; readonly schema: string }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'grammar' /** EBNF with the rule `root`. */; readonly grammar: string }
  | { readonly kind: 'structural-tag'; readonly tag: string };
