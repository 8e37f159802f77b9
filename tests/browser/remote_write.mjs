// Samples of the past, over Prometheus's remote write: enough of protobuf and snappy to be understood.

/** Writes series `{labels, samples: [[ms, value]]}` in one request. */
export async function remoteWrite(url, series) {
  const body = literally(Buffer.concat(series.map((one) => field(1, timeSeries(one)))));
  const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy", "x-prometheus-remote-write-version": "0.1.0" };
  const response = await fetch(`${url}/api/v1/write`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`remote write answered ${response.status}: ${await response.text()}`);
}

function timeSeries({ labels, samples }) {
  const names = Object.keys(labels).sort();
  const label = (name) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(labels[name]))]));
  return Buffer.concat([...names.map(label), ...samples.map((sample) => field(2, sampleOf(sample)))]);
}

function sampleOf([ms, value]) {
  const double = Buffer.alloc(9);
  double[0] = (1 << 3) | 1;
  double.writeDoubleLE(value, 1);
  return Buffer.concat([double, Buffer.from([2 << 3]), varint(Math.round(ms))]);
}

function field(number, content) {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content]);
}

function varint(number) {
  const bytes = [];
  for (let rest = BigInt(number); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

/** Snappy without compression: literals of at most 64 KiB. */
function literally(content) {
  const pieces = [varint(content.length)];
  for (let at = 0; at < content.length; at += 65_536) {
    const piece = content.subarray(at, at + 65_536);
    pieces.push(Buffer.from([61 << 2, (piece.length - 1) & 255, (piece.length - 1) >> 8]), piece);
  }
  return Buffer.concat(pieces);
}
