import { Menu, MenuChoice, MenuGroup, MenuItem, MenuLink } from "../ui/Menu";
import type { FullScreen } from "../ui/useFullScreen";
import { NARROW, TOUCH, useMatches } from "../ui/useMatches";
import { ControlFace } from "./Control";
import type { View } from "./layout/focus";
import type { LocalMedia } from "./useLocalMedia";

type Props = {
  media: LocalMedia;
  view: View;
  fullScreen: FullScreen;
  onView: (view: View) => void;
  onDevices: () => void;
  onNotes: () => void;
  onCaptions: () => void;
  onQuality: () => void;
  onKeys: () => void;
  /** For users who have a link to share. */
  onInvite: (() => void) | null;
  /** For hosts. */
  onEnd: (() => void) | null;
};

/** The menu of less frequent actions. Ending the meeting is here, away from the buttons, and asks first. */
export function MoreMenu({
  media,
  view,
  fullScreen,
  onView,
  onDevices,
  onNotes,
  onCaptions,
  onQuality,
  onKeys,
  onInvite,
  onEnd,
}: Props) {
  const narrow = useMatches(NARROW);
  const touch = useMatches(TOUCH);
  const sharing = media.state.screen;
  return (
    <Menu label="More" className="control" button={<ControlFace sign="more" label="More" />}>
      {media.canShare && narrow && (
        <MenuItem sign="screen" onClick={() => media.share()}>
          {sharing ? "Stop sharing" : "Share screen"}
        </MenuItem>
      )}
      {narrow && (
        <MenuItem sign="notes" onClick={onNotes}>
          Notes
        </MenuItem>
      )}
      {narrow && (
        <MenuItem sign="captions" onClick={onCaptions}>
          Captions
        </MenuItem>
      )}
      {touch && (
        <MenuItem sign="settings" onClick={onDevices}>
          Microphone and camera
        </MenuItem>
      )}
      {fullScreen.possible && (
        <MenuItem sign={fullScreen.on ? "minimise" : "expand"} onClick={fullScreen.toggle}>
          {fullScreen.on ? "Leave full screen" : "Full screen"}
        </MenuItem>
      )}
      <MenuGroup label="Layout">
        <MenuChoice sign="grid" chosen={view === "grid"} onClick={() => onView("grid")}>
          Grid
        </MenuChoice>
        <MenuChoice sign="spotlight" chosen={view === "speaker"} onClick={() => onView("speaker")}>
          Speaker
        </MenuChoice>
      </MenuGroup>
      <hr />
      {onInvite && (
        <MenuItem sign="link" onClick={onInvite}>
          Copy invitation link
        </MenuItem>
      )}
      <MenuItem sign="chart" onClick={onQuality}>
        Connection quality
      </MenuItem>
      <MenuLink sign="info" href="/diagnostics" apart>
        Check my connection
      </MenuLink>
      <MenuItem sign="keyboard" onClick={onKeys}>
        Keyboard shortcuts
      </MenuItem>
      {onEnd && (
        <>
          <hr />
          <MenuItem sign="end" danger onClick={onEnd}>
            End for all
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
