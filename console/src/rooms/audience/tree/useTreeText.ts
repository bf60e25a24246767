import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { AnswerOf } from "@/api";
import { toTree, type Group } from "./tree";

export type TreeText = AnswerOf<"/api/v1/audience-describe", "post">;

/** A group with the server's words for it, and what is wrong with it so far. */
export interface DescribedGroup {
  root: Group;
  text: TreeText;
}

/** The server's words for conditions; those of the conditions before them stay, with what they were about, until the new ones are there. */
export function useTreeText(root: Group) {
  const tree = toTree(root);
  return useQuery({
    queryKey: ["audience-text", JSON.stringify(tree)],
    queryFn: async (): Promise<DescribedGroup> => ({ root, text: await ok(api.POST("/api/v1/audience-describe", { body: { tree } })) }),
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
}
