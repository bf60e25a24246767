import { Mark } from "./Mark";

/** Shown while the session is being asked for: the mark, nothing that jumps. */
export function Splash() {
  return (
    <div className="splash">
      <Mark size={40} />
    </div>
  );
}
