// Replaces the connections of a page: each is up at once and brings a drawn face, so that one page can be in a
// call with many people whom only the server knows. Nothing is sent, and nothing is negotiated.
(() => {
  const FPS = 1;
  const [WIDTH, HEIGHT] = [320, 240];
  const TRICKLE = { packets: 10, bytes: 10_000, frames: 5 };
  const quiet = () => undefined;
  let made = 0;

  function face(seed) {
    const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
    const pen = canvas.getContext('2d');
    const draw = () => {
      pen.fillStyle = `hsl(${(seed * 47) % 360} 35% 55%)`;
      pen.fillRect(0, 0, WIDTH, HEIGHT);
      pen.fillStyle = `hsl(${20 + (seed * 7) % 20} 45% ${45 + (seed * 13) % 35}%)`;
      pen.beginPath();
      pen.ellipse(WIDTH / 2, HEIGHT * 0.45, 48, 60, 0, 0, 2 * Math.PI);
      pen.fill();
      pen.fillStyle = `hsl(${(seed * 47 + 180) % 360} 30% 35%)`;
      pen.beginPath();
      pen.ellipse(WIDTH / 2, HEIGHT * 1.05, 100, 90, 0, 0, 2 * Math.PI);
      pen.fill();
    };
    draw();
    setInterval(draw, 1_000 / FPS);
    return canvas.captureStream(FPS).getVideoTracks()[0];
  }

  window.RTCPeerConnection = class extends EventTarget {
    connectionState = 'new';
    iceConnectionState = 'new';
    signalingState = 'stable';
    localDescription = null;
    remoteDescription = null;
    looks = 0;
    nth = made++;

    constructor() {
      super();
      setTimeout(() => {
        if (this.signalingState === 'closed') return;
        this.connectionState = this.iceConnectionState = 'connected';
        this.ontrack?.({ track: face(this.nth) });
        this.onconnectionstatechange?.();
      });
    }

    addTransceiver() {
      return { sender: { replaceTrack: async () => undefined, setStreams: quiet, getStats: async () => new Map() } };
    }

    getTransceivers() { return []; }
    getSenders() { return []; }
    getReceivers() { return []; }
    getConfiguration() { return {}; }
    setConfiguration() {}
    async setLocalDescription() {}
    async setRemoteDescription() {}
    async addIceCandidate() {}

    async getStats() {
      const looks = (this.looks += 1);
      const loud = this.nth === window.speaking;
      const inbound = {
        type: 'inbound-rtp',
        packetsReceived: looks * TRICKLE.packets,
        bytesReceived: looks * TRICKLE.bytes,
        framesDecoded: looks * TRICKLE.frames,
        audioLevel: loud ? 0.5 : 0,
      };
      const pair = { type: 'candidate-pair', state: 'succeeded', nominated: true, responsesReceived: looks };
      const transport = {
        type: 'transport', packetsReceived: looks * TRICKLE.packets, selectedCandidatePairId: 'pair',
      };
      return new Map(Object.entries({ inbound, pair, transport }));
    }

    close() { this.signalingState = this.connectionState = 'closed'; }
  };
})();
