// Makes a picture of somebody in place of the camera's test card: for screens that people look at.
(name) => {
  const tones = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7);
  const hue = tones % 360;
  const skin = ['#f1c9a5', '#d9a074', '#a86f48', '#6f452c', '#e8b48c'][tones % 5];
  const hair = ['#2a1d16', '#5b3a22', '#8d8d93', '#b98b4a', '#191919'][(tones >> 3) % 5];
  const opened = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await opened(wanted);
    for (const track of stream.getVideoTracks()) {
      stream.removeTrack(track);
      track.stop();
      stream.addTrack(painted());
    }
    return stream;
  };
  const painted = () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
    const pen = canvas.getContext('2d');
    const shape = (colour, ...ellipse) => {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.ellipse(...ellipse, 0, 0, 2 * Math.PI);
      pen.fill();
    };
    const draw = () => {
      const sway = 6 * Math.sin(performance.now() / 700);
      const wall = pen.createLinearGradient(0, 0, 640, 480);
      wall.addColorStop(0, `hsl(${hue} 35% 62%)`);
      wall.addColorStop(1, `hsl(${(hue + 40) % 360} 40% 32%)`);
      pen.fillStyle = wall;
      pen.fillRect(0, 0, 640, 480);
      shape(`hsl(${(hue + 180) % 360} 30% 34%)`, 320 + sway / 2, 520, 190, 170);
      shape(skin, 320 + sway, 345, 42, 60);
      shape(hair, 320 + sway, 222, 104, 116);
      shape(skin, 320 + sway, 248, 84, 104);
      shape('#20242c', 290 + sway, 242, 7, 9);
      shape('#20242c', 350 + sway, 242, 7, 9);
      pen.strokeStyle = '#20242c';
      pen.lineWidth = 5;
      pen.beginPath();
      pen.arc(320 + sway, 280, 30, 0.25 * Math.PI, 0.75 * Math.PI);
      pen.stroke();
    };
    draw();
    setInterval(draw, 250);
    return canvas.captureStream(4).getVideoTracks()[0];
  };
}
