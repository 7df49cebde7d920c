/**
 * What a JPEG says about itself: time, place, camera, orientation. Reads only the first metadata
 * block, believes nothing, and never runs past the end of what it was given. Pure.
 */
import type { Exif } from '../domain/types'

const MARKER_EXIF = 0xffe1
const MARKER_SCAN = 0xffda
const TEXT_CHARS_MAX = 64

const TAG = { make: 0x010f, model: 0x0110, orientation: 0x0112, exif: 0x8769, gps: 0x8825, takenAt: 0x9003 }
const GPS = { latRef: 1, lat: 2, lngRef: 3, lng: 4 }

interface Entry {
  type: number
  count: number
  at: number
}

type Directory = Map<number, Entry>

class Tiff {
  constructor(
    private readonly view: DataView,
    private readonly little: boolean,
  ) {}

  u16(at: number): number {
    return at >= 0 && at + 2 <= this.view.byteLength ? this.view.getUint16(at, this.little) : 0
  }

  u32(at: number): number {
    return at >= 0 && at + 4 <= this.view.byteLength ? this.view.getUint32(at, this.little) : 0
  }

  directory(at: number): Directory {
    const entries: Directory = new Map()
    const count = Math.min(this.u16(at), 512)
    for (let index = 0; index < count; index++) {
      const entry = at + 2 + index * 12
      entries.set(this.u16(entry), { type: this.u16(entry + 2), count: this.u32(entry + 4), at: entry + 8 })
    }
    return entries
  }

  text(entry: Entry | undefined): string | null {
    if (!entry || entry.type !== 2) return null
    const from = entry.count > 4 ? this.u32(entry.at) : entry.at
    const length = Math.min(entry.count, TEXT_CHARS_MAX)
    if (from + length > this.view.byteLength) return null
    const bytes = new Uint8Array(this.view.buffer, this.view.byteOffset + from, length)
    const text = new TextDecoder().decode(bytes).replace(/\0.*$/s, '').trim()
    return text === '' ? null : text
  }

  short(entry: Entry | undefined): number | null {
    return entry && entry.type === 3 ? this.u16(entry.at) : null
  }

  /** Degrees, minutes and seconds as degrees times 10^7. */
  degreesE7(entry: Entry | undefined, reference: string | null, negative: string): number | null {
    if (!entry || entry.type !== 5 || entry.count !== 3 || !reference) return null
    const at = this.u32(entry.at)
    const part = (index: number): number => this.u32(at + index * 8) / this.u32(at + index * 8 + 4)
    const degrees = part(0) + part(1) / 60 + part(2) / 3600
    if (!Number.isFinite(degrees) || degrees > 180) return null
    return Math.round(degrees * 1e7) * (reference.toUpperCase() === negative ? -1 : 1)
  }
}

/** Finds the metadata block inside the file. */
function tiffOf(view: DataView): Tiff | null {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null
  for (let at = 2; at + 4 <= view.byteLength; ) {
    const marker = view.getUint16(at)
    const length = view.getUint16(at + 2)
    if ((marker & 0xff00) !== 0xff00 || marker === MARKER_SCAN || length < 2) return null
    const isExif = marker === MARKER_EXIF && length >= 16 && at + 10 <= view.byteLength && view.getUint32(at + 4) === 0x45786966
    if (isExif) {
      const start = at + 10
      const size = Math.min(length - 8, view.byteLength - start)
      if (size < 8) return null
      const block = new DataView(view.buffer, view.byteOffset + start, size)
      const order = block.getUint16(0)
      return order === 0x4949 || order === 0x4d4d ? new Tiff(block, order === 0x4949) : null
    }
    at += 2 + length
  }
  return null
}

/** `2024:10:01 09:30:00`, kept as written: the file does not say in which time zone. */
const isTime = (text: string | null): text is string => text !== null && /^\d{4}:\d\d:\d\d \d\d:\d\d:\d\d/.test(text)

/** Null when the file carries no metadata at all. */
export function readExif(bytes: ArrayBuffer): Exif | null {
  const tiff = tiffOf(new DataView(bytes))
  if (!tiff) return null
  const main = tiff.directory(tiff.u32(4))
  const sub = (tag: number): Directory => {
    const entry = main.get(tag)
    return entry ? tiff.directory(tiff.u32(entry.at)) : new Map()
  }
  const place = sub(TAG.gps)
  const lat_e7 = tiff.degreesE7(place.get(GPS.lat), tiff.text(place.get(GPS.latRef)), 'S')
  const lng_e7 = tiff.degreesE7(place.get(GPS.lng), tiff.text(place.get(GPS.lngRef)), 'W')
  const taken = tiff.text(sub(TAG.exif).get(TAG.takenAt))
  const orientation = tiff.short(main.get(TAG.orientation))
  const isPlaced = lat_e7 !== null && lng_e7 !== null && Math.abs(lat_e7) <= 900_000_000
  return {
    taken_at: isTime(taken) ? taken : null,
    lat_e7: isPlaced ? lat_e7 : null,
    lng_e7: isPlaced ? lng_e7 : null,
    make: tiff.text(main.get(TAG.make)),
    model: tiff.text(main.get(TAG.model)),
    orientation: orientation !== null && orientation >= 1 && orientation <= 8 ? orientation : null,
  }
}
