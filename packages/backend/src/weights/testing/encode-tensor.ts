import { halfBits } from '../half-bits.js';

/** What tests can encode values as. */
export type EncodableType = 'F32' | 'F16' | 'BF16' | 'Q8_0';

/** Encodes values as stored bytes; Q8_0 takes whole blocks of 32. */
export function encodeTensor(type: EncodableType, values: Float32Array): Uint8Array {
  switch (type) {
    case 'F32':
      return new Uint8Array(values.slice().buffer);
    case 'F16':
      return new Uint8Array(Uint16Array.from(values, halfBits).buffer);
    case 'BF16':
      return new Uint8Array(Uint16Array.from(new Uint32Array(values.slice().buffer), (bits) => bits >>> 16).buffer);
    case 'Q8_0':
      return encodeQ8(values);
  }
}

function encodeQ8(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array((values.length / 32) * 34);
  const view = new DataView(bytes.buffer);
  for (let block = 0; block < values.length / 32; block++) {
    const part = values.subarray(block * 32, block * 32 + 32);
    const scale = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
    view.setUint16(block * 34, halfBits(scale), true);
    part.forEach((value, i) => {
      view.setInt8(block * 34 + 2 + i, scale === 0 ? 0 : Math.round(value / scale));
    });
  }
  return bytes;
}
