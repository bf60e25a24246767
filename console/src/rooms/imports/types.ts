import type { AnswerOf, Schemas } from "@/api";

/** The server's shapes by the names this room uses. */
export type ImportKind = Schemas["KindOut"];
export type Target = ImportKind["targets"][number];
export type Identity = Schemas["KindsOut"]["identities"][number];
export type Mapping = Schemas["Mapping"];
export type ColumnSpec = Schemas["Column"];
export type Rule = ImportKind["rules"][number];
export type Rules = Mapping["rules"];
export type AttributeSpec = Schemas["AttributeSpec"];
export type Uploaded = Schemas["UploadOut"];
export type LayoutChoice = Schemas["LayoutIn"];
export type FileColumn = Uploaded["columns"][number];
export type ImportRun = Schemas["ImportOut"];
export type Result = ImportRun["result"];
export type Preview = AnswerOf<"/api/v1/imports/preview", "post">;
export type RowFault = Preview["faults"][number];
export type Plan = Schemas["ImportIn"];
