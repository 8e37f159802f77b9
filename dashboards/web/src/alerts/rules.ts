// Rules in short: which are blind, how a group is, and values for people.
import type { Rule, RuleGroup, Selector } from "../api/rules.ts";

/** A rule that looks at nothing, in part or at all. */
export interface BlindRule {
  readonly name: string;
  readonly group: string;
  readonly selectors: readonly Selector[];
}

/** What a rule sees is looked up now and then: one that has fired since does see. */
export function isBlind({ blind, alerts = [] }: Rule): boolean {
  return blind && alerts.length === 0;
}

/** Rules that cannot be evaluated, with their group. */
export function failingRules(groups: readonly RuleGroup[]): { readonly rule: Rule; readonly group: string }[] {
  return groups.flatMap(({ name: group, rules }) => rules.filter(({ health }) => health === "err").map((rule) => ({ rule, group })));
}

/** The blind rules with the selectors that match nothing. */
export function blindRules(groups: readonly RuleGroup[]): BlindRule[] {
  return groups.flatMap(({ name: group, rules }) =>
    rules.filter(isBlind).map(({ name, selectors }) => ({ name, group, selectors: selectors.filter(({ series }) => series === 0) })),
  );
}

/** Whether a word stands in the name, the query or the labels of a rule. */
export function isAbout({ name, query, labels }: Rule, word: string): boolean {
  return [name, query, ...Object.values(labels)].some((text) => text.toLowerCase().includes(word));
}

/** How many rules are in each state that somebody wants to know of. */
export function countRules(rules: readonly Rule[]): { readonly firing: number; readonly pending: number; readonly failing: number } {
  const count = (is: (rule: Rule) => boolean): number => rules.filter(is).length;
  return { firing: count(({ state }) => state === "firing"), pending: count(({ state }) => state === "pending"), failing: count(({ health }) => health === "err") };
}

/** How many alerts the rules have. */
export function countAlerts(groups: readonly RuleGroup[]): { readonly firing: number; readonly pending: number } {
  const states = groups.flatMap(({ rules }) => rules.flatMap(({ alerts = [] }) => alerts.map(({ state }) => state)));
  const firing = states.filter((state) => state === "firing").length;
  return { firing, pending: states.length - firing };
}

/** A value with no more digits than help. */
export function formatValue(value: number | string): string {
  if (typeof value === "string" || Number.isInteger(value)) return typeof value === "string" ? value : value.toLocaleString("en-US");
  return Math.abs(value) >= 1e-4 && Math.abs(value) < 1e9 ? Number(value.toPrecision(5)).toString() : value.toPrecision(4);
}
