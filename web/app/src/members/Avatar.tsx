import { useState } from "react";
import { nameOf, type UserCard } from "../api/functions";
import { initials, personColor } from "./person";
import "./Avatar.css";

type Props = { user: UserCard; size?: "small" | "large" };

/** A user's picture or, without one, the initials on the user's colour. */
export function Avatar({ user, size = "small" }: Props) {
  const [failed, setFailed] = useState(false);
  const picture = failed ? undefined : user.avatarUrl;
  return (
    <span
      className={`avatar ${size}-avatar`}
      style={{ backgroundColor: personColor(user._id) }}
      data-initials={picture ? undefined : initials(nameOf(user))}
      aria-hidden="true"
    >
      {picture && <img src={picture} alt="" referrerPolicy="no-referrer" onError={() => setFailed(true)} />}
    </span>
  );
}
