/** Who is signed in on this page, and how to become or cease to be that. */

import { useCallback, useEffect, useState } from "react";
import { type Credentials, forgetName, remember, remembered, type WayIn, wayIn } from "./auth";
import { arrive, arriving, depart, forgetTokens, returning } from "./oidc";
import { go } from "./router";

export type Identity = {
  way: WayIn | null;
  credentials: Credentials | null;
  fault: unknown;
  byName: (name: string) => void;
  byIssuer: () => void;
  signOut: () => void;
};

const AGAIN_MS = 2_000;

export function useCredentials(): Identity {
  const [way, setWay] = useState<WayIn | null>(null);
  const [credentials, setCredentials] = useState<Credentials | null>(null);
  const [fault, setFault] = useState<unknown>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const ask = () =>
      wayIn().then(
        (told) => {
          setWay(told);
          signedIn(told).then(setCredentials, setFault);
        },
        () => {
          timer = setTimeout(ask, AGAIN_MS);
        },
      );
    void ask();
    return () => clearTimeout(timer);
  }, []);

  const byName = useCallback((name: string) => setCredentials(remember(name)), []);
  const byIssuer = () => {
    if (way?.mode === "oidc") depart(way).catch(setFault);
  };
  const signOut = useCallback(() => {
    forgetName();
    forgetTokens();
    setCredentials(null);
  }, []);
  return { way, credentials, fault, byName, byIssuer, signOut };
}

let arrival: Promise<string> | null = null;

/** Who is here already, or just comes back from the issuer. */
async function signedIn(way: WayIn): Promise<Credentials | null> {
  if (way.mode === "local") return remembered();
  if (arriving()) {
    arrival ??= arrive(way);
    const back = await arrival.catch((reason: unknown) => {
      history.replaceState(null, "", "/");
      throw reason;
    });
    go(back, true);
  }
  return returning(way);
}
