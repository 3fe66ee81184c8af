/** The user signed in on this page, and signing in and out. */

import { useCallback, useEffect, useState } from "react";
import { go, here } from "../ui/router";
import { type Credentials, NotBegunHere, type PendingLogin } from "./credentials";
import {
  forgetAccount,
  type KeptAccount,
  keepAccount,
  remember,
  remembered,
  resumeAccount,
  type SignInOptions,
  signInOptions,
} from "./localAccount";
import { providerOf } from "./providers";
import { forget, read, write } from "./storage";
import { isBeside, tellOthers } from "./windows";

export type Identity = {
  way: SignInOptions | null;
  credentials: Credentials | null;
  /** Whether it is known if a user is signed in. */
  settled: boolean;
  fault: unknown;
  /** This window was opened to sign in, and has done so. */
  done: boolean;
  byName: (name: string) => void;
  byKept: (account: KeptAccount) => void;
  byIssuer: () => void;
  byOther: () => void;
  /** The sign-in has ended for this reason; the user has to sign in again. */
  ended: (words: string) => void;
  /** The server ended this sign-in: the next one requires proof of identity. */
  endedAtServer: () => void;
  /** End the sign-in here and at the server; a local account is `kept` in this browser, or forgotten. */
  signOut: (kept: boolean, token: string | null) => void;
};

const AGAIN_MS = 2_000;
/** Set at sign-out: the next sign-in asks for the account, because the provider still has a session. */
const SIGNED_OUT = "connvo.signed-out";

export function useCredentials(): Identity {
  const [way, setWay] = useState<SignInOptions | null>(null);
  const [credentials, setCredentials] = useState<Credentials | null>(null);
  const [settled, setSettled] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const [done, setDone] = useState(false);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let gone = false;
    const ask = () =>
      signInOptions().then(
        (told) => {
          if (gone) return;
          setWay(told);
          signedIn(told)
            .then(({ who, isDone }) => {
              setCredentials(who);
              setDone(isDone);
            }, setFault)
            .finally(() => setSettled(true));
        },
        () => {
          timer = setTimeout(ask, AGAIN_MS);
        },
      );
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);

  const byName = useCallback((name: string) => {
    setFault(null);
    setCredentials(remember(name));
  }, []);
  const byKept = useCallback((account: KeptAccount) => {
    setFault(null);
    setCredentials(resumeAccount(account));
  }, []);
  const beginLogin = useCallback(
    (otherAccount: boolean, reauthenticate = false) => {
      if (!way || way.mode === "local") return;
      setFault(null);
      providerOf(way)
        .then((provider) => provider.beginLogin({ back: here(), popup: false, otherAccount, reauthenticate }))
        .catch(setFault);
    },
    [way],
  );
  const byIssuer = useCallback(() => {
    const hasSignedOut = read(SIGNED_OUT) !== null;
    beginLogin(hasSignedOut, hasSignedOut);
  }, [beginLogin]);
  const signOut = useCallback(
    (kept: boolean, token: string | null) => {
      write(SIGNED_OUT, "");
      if (token) endAtServer(token);
      if (kept) keepAccount();
      else forgetAccount();
      if (way && way.mode !== "local") providerOf(way).then((provider) => provider.signOut(), setFault);
      setCredentials(null);
    },
    [way],
  );
  const byOther = useCallback(() => {
    signOut(true, null);
    beginLogin(true);
  }, [signOut, beginLogin]);
  const endedAtServer = useCallback(() => {
    signOut(true, null);
    beginLogin(true, true);
  }, [signOut, beginLogin]);
  const ended = useCallback((words: string) => {
    keepAccount();
    setCredentials(null);
    setFault(new Error(words));
  }, []);
  return { way, credentials, settled, fault, done, byName, byKept, byIssuer, byOther, ended, endedAtServer, signOut };
}

/** Revoke this sign-in at the server, even if the page is left. A failure changes nothing here. */
function endAtServer(token: string): void {
  void fetch("/api/run/users/sessions/endSession", {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ args: {} }),
    keepalive: true,
  }).catch(() => undefined);
}

let completed: Promise<PendingLogin | null> | null = null;

/** Find a user who is already signed in, or is coming back from the provider. */
async function signedIn(way: SignInOptions): Promise<{ who: Credentials | null; isDone: boolean }> {
  if (way.mode === "local") return { who: remembered(), isDone: false };
  const provider = await providerOf(way);
  if (isBeside()) await provider.beginLogin({ back: "/", popup: true, otherAccount: false });
  completed ??= provider.completeLogin();
  const login = await completed.catch((reason) => {
    // A link with the answer to a foreign sign-in must not sign the user out.
    if (reason instanceof NotBegunHere && provider.remembered()) return null;
    throw reason;
  });
  if (!login) return { who: provider.remembered(), isDone: false };
  forget(SIGNED_OUT);
  tellOthers();
  if (login.popup) {
    window.close();
    return { who: null, isDone: true };
  }
  go(login.back, true);
  return { who: provider.remembered(), isDone: false };
}
