/** The audience language in the console: model, visual editor, the server's words. */
export { factChoices, factOf, factOptions, labelIn } from "./language";
export type { FactKind, Language, Prop } from "./language";
export { countConditions, fromTree, placeFaults, splitPath, toTree } from "./tree";
export type { Fault, Group, Item, PlacedFault, Tree } from "./tree";
export { TreeContext } from "./context";
export { TestInput } from "./TestInput";
export { TreeEditor } from "./TreeEditor";
export { TreeSentence } from "./TreeSentence";
export { finishedPart, refusedIn, unfinishedIn } from "./unfinished";
export { LANGUAGE, useLanguage } from "./useLanguage";
export { useTreeText } from "./useTreeText";
