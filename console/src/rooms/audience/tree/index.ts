/** The audience language in the console: model, wording, visual editor. */
export { completePart, incompleteIn } from "./complete";
export { factOf, labelIn } from "./language";
export type { FactKind, Language, Prop } from "./language";
export { secondsWords } from "./moment";
export { conditionWords, didWords, sentence, testWords } from "./sentence";
export { countConditions, fromTree, placeFaults, splitPath, toTree } from "./tree";
export type { Fault, Group, Item, PlacedFault, Tree } from "./tree";
export { TreeContext } from "./context";
export { TestInput } from "./TestInput";
export { TreeEditor } from "./TreeEditor";
export { LANGUAGE, useLanguage } from "./useLanguage";
