import { useMutation } from "convex/react";
import { useState } from "react";
import { api, type Feedback, messageOf, type Prompt } from "../api/functions";

export type Rating = {
  /** Prompts without those that were dismissed in this window a moment ago. */
  shown: (prompts: Prompt[]) => Prompt[];
  rate: (prompt: Prompt, feedback: Feedback) => void;
  fault: string | null;
};

/** Give feedback on prompts. A dismissed one disappears at once, and returns if the server did not take it. */
export function useFeedback(): Rating {
  const send = useMutation(api.ratePrompt);
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [fault, setFault] = useState<string | null>(null);

  function rate({ _id }: Prompt, feedback: Feedback) {
    const dismissed = feedback === "dismissed";
    if (dismissed) setGone((before) => new Set(before).add(_id));
    void send({ promptId: _id, feedback }).then(
      () => setFault(null),
      (reason) => {
        setFault(messageOf(reason));
        if (dismissed) setGone((before) => new Set([...before].filter((one) => one !== _id)));
      },
    );
  }

  return { shown: (prompts) => prompts.filter((one) => !gone.has(one._id)), rate, fault };
}
