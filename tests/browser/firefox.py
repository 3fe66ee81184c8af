"""People who use Firefox: the same page, driven differently."""

from .people import Person

# The frames that each remote tile has decoded: Firefox counts none for a video element that plays a stream.
FRAMES = """
    async () => {
        const decoded = new Map();
        // Firefox never answers for a connection that is closed meanwhile.
        const late = () => new Promise(done => setTimeout(done, 500, new Map()));
        for (const pc of window.connections.filter(pc => pc.connectionState !== 'closed'))
            for (const entry of (await Promise.race([pc.getStats(), late()])).values())
                if (entry.type === 'inbound-rtp') decoded.set(entry.trackIdentifier, entry.framesDecoded ?? 0);
        return [...document.querySelectorAll('.tile:not([data-mine]) video')].map(video => ({
            name: video.getAttribute('aria-label').replace(/^(Video|Screen) of /, ''),
            frames: Math.max(0, ...(video.srcObject?.getVideoTracks() ?? []).map(({id}) => decoded.get(id) ?? 0)),
        }));
    }
"""
# A screen that can be shared: without a display there is none to capture, so a drawn one replaces it.
SCREEN = """
    if (navigator.mediaDevices) navigator.mediaDevices.getDisplayMedia = async () => {
        const canvas = document.createElement('canvas');
        const pen = canvas.getContext('2d');
        let frame = 0;
        setInterval(() => {
            pen.fillStyle = `hsl(${frame++ * 15} 80% 50%)`;
            pen.fillRect(0, 0, canvas.width, canvas.height);
        }, 100);
        return canvas.captureStream(10);
    };
"""
# Text as a keyboard enters it: Playwright would set a field's value here, which React does not take for a change.
TYPING = """
    Object.defineProperty(window, '__pw_bidiInsertText', {
        get: () => text => void document.execCommand('insertText', false, text),
        set: () => undefined,
    });
"""


class FirefoxPerson(Person):
    """A person with a separate Firefox."""

    def __init__(self, *given: object, **context: object) -> None:
        super().__init__(*given, **context)  # type: ignore[arg-type]
        self.context.add_init_script(TYPING)
        self.context.add_init_script(SCREEN)

    def frames(self) -> dict[str, int]:
        """Return how many frames each remote tile has decoded."""
        return {tile["name"]: tile["frames"] for tile in self.page.evaluate(FRAMES)}
