import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { readExif } from '../src/capture/exif'
import { fit, isHeic } from '../src/capture/picture'
import { createPosition, toFix } from '../src/capture/position'
import { createScanner } from '../src/capture/code'
import { createReader, cropOf } from '../src/capture/scanner'
import { CameraDenied, NoCamera, Refusal } from '../src/shared/lib/errors'
import { rules } from './support/rules'
import { terminal } from './support/work-order'

const coords = (change: Partial<GeolocationCoordinates> = {}): GeolocationCoordinates =>
  ({ latitude: 22.5431, longitude: 114.0579, accuracy: 12.34, altitude: null, speed: null, heading: null, altitudeAccuracy: null, ...change }) as GeolocationCoordinates
const reading = (change: Partial<GeolocationCoordinates> = {}, timestamp = 1_790_000_000_123.4): GeolocationPosition =>
  ({ coords: coords(change), timestamp }) as GeolocationPosition

/** A phone's positioning with a hand on it. */
function fakeGeolocation() {
  const watchers = new Map<number, { ok: PositionCallback; bad?: PositionErrorCallback | null; options?: PositionOptions }>()
  let next = 0
  const geolocation = {
    getCurrentPosition: () => undefined,
    clearWatch: (id: number) => void watchers.delete(id),
    watchPosition: (ok: PositionCallback, bad?: PositionErrorCallback | null, options?: PositionOptions) => {
      watchers.set(++next, { ok, bad: bad ?? null, ...(options ? { options } : {}) })
      return next
    },
  } as Geolocation
  return {
    geolocation,
    watchers,
    say: (one: GeolocationPosition) => watchers.forEach((watcher) => watcher.ok(one)),
    fail: (code: number) => watchers.forEach((watcher) => watcher.bad?.({ code } as GeolocationPositionError)),
  }
}

describe('a position', () => {
  it('is kept as whole numbers with both clocks', () => {
    expect(toFix(reading(), 5_000.9)).toEqual({
      ...{ lat_e7: 225_431_000, lng_e7: 1_140_579_000, acc_cm: 1_234, ts: 1_790_000_000_123, mono: 5_000 },
      ...{ src: 'unknown', crs: 'wgs84' },
    })
  })

  it.each([
    ['no latitude', { latitude: Number.NaN }],
    ['beyond the pole', { latitude: 90.1 }],
    ['beyond the date line', { longitude: -180.1 }],
    ['infinite error', { accuracy: Number.POSITIVE_INFINITY }],
    ['negative error', { accuracy: -1 }],
  ])('that is none is dropped: %s', (_name, change) => {
    expect(toFix(reading(change), 0)).toBeNull()
  })

  it('burst collects what comes and stops early when three agree', async () => {
    const fake = fakeGeolocation()
    const position = createPosition(fake.geolocation, { mono: () => 1 })
    const burst = position.burst(60_000)
    expect([...fake.watchers.values()][0]?.options).toMatchObject({ enableHighAccuracy: true, maximumAge: 0 })
    for (const accuracy of [80, 15, 12, 10]) fake.say(reading({ accuracy }))
    const { fixes, no_fix } = await burst
    expect(fixes.map((fix) => fix.acc_cm)).toEqual([8_000, 1_500, 1_200, 1_000])
    expect(no_fix).toBeNull()
    expect(position.best.value?.acc_cm).toBe(1_000)
    expect(fake.watchers.size).toBe(0)
    expect(position.state.value).toBe('idle')
  })

  it.each([
    ['denied', 1, 'denied'],
    ['no sensor', 2, 'no_sensor'],
    ['too slow', 3, 'timeout'],
  ])('burst ends with a reason and never fails: %s', async (_name, code, expected) => {
    vi.useFakeTimers()
    const fake = fakeGeolocation()
    const burst = createPosition(fake.geolocation, { mono: () => 1 }).burst(8_000)
    fake.fail(code)
    await vi.advanceTimersByTimeAsync(8_000)
    expect(await burst).toEqual({ fixes: [], no_fix: expected })
    vi.useRealTimers()
  })

  it('goes on watching after a burst while a screen wants it', async () => {
    const fake = fakeGeolocation()
    const position = createPosition(fake.geolocation, { mono: () => 1 })
    position.start()
    position.start()
    const burst = position.burst(60_000)
    for (let at = 0; at < 3; at++) fake.say(reading({ accuracy: 5 }))
    await burst
    expect(fake.watchers.size).toBe(1)
    position.stop()
    expect(fake.watchers.size).toBe(0)
  })

  it('is unavailable where the browser has none', async () => {
    const position = createPosition(undefined, { mono: () => 1 })
    expect(position.state.value).toBe('unavailable')
    expect(await position.burst(8_000)).toEqual({ fixes: [], no_fix: 'no_sensor' })
  })
})

/** A JPEG that is nothing but metadata, big endian. */
function jpegWithExif(): Uint8Array {
  const tiff = Buffer.alloc(200)
  tiff.write('MM\0*', 0, 'latin1')
  tiff.writeUInt32BE(8, 4)
  const entry = (at: number, tag: number, type: number, count: number, value: number): void => {
    tiff.writeUInt16BE(tag, at)
    tiff.writeUInt16BE(type, at + 2)
    tiff.writeUInt32BE(count, at + 4)
    tiff.writeUInt32BE(value, at + 8)
  }
  tiff.writeUInt16BE(3, 8)
  entry(10, 0x010f, 2, 7, 100)
  entry(22, 0x0112, 3, 1, 6 << 16)
  entry(34, 0x8825, 4, 1, 110)
  tiff.write('HUAWEI\0', 100, 'latin1')
  tiff.writeUInt16BE(0, 110)
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, tiff.length + 8])
  return new Uint8Array(Buffer.concat([head, Buffer.from('Exif\0\0'), tiff, Buffer.from([0xff, 0xda, 0, 2])]))
}

const bytesOf = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer

describe('what a picture says about itself', () => {
  it('is read from the original', () => {
    expect(readExif(bytesOf(jpegWithExif()))).toEqual({
      ...{ taken_at: null, lat_e7: null, lng_e7: null, make: 'HUAWEI', model: null, orientation: 6 },
    })
  })

  it('never runs past the end, wherever the file was cut or broken', () => {
    const whole = jpegWithExif()
    for (let length = 0; length <= whole.length; length++) expect(() => readExif(bytesOf(whole.slice(0, length)))).not.toThrow()
    for (let at = 0; at < whole.length; at++) {
      const broken = whole.slice()
      broken[at] = 0xff
      expect(() => readExif(bytesOf(broken))).not.toThrow()
    }
  })

  const folder = new URL('../../../shared/data/photos/', import.meta.url)
  it.skipIf(!existsSync(folder)).each([
    ['DSCN0010.jpg', { make: 'NIKON', lat_e7: 434_674_483, lng_e7: 118_851_267, orientation: 1 }],
    ['landscape_6.jpg', { orientation: 6 }],
    ['no_exif.jpg', { make: null, taken_at: null, lat_e7: null }],
    ['corrupted.jpg', {}],
  ])('of a real camera: %s', (name, expected) => {
    const exif = readExif(bytesOf(new Uint8Array(readFileSync(new URL(name, folder)))))
    expect(exif ?? {}).toMatchObject(expected)
  })

  it('HEIC is recognised by its brand', () => {
    const file = (brand: string) => bytesOf(new Uint8Array(Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(`ftyp${brand}`)])))
    expect(isHeic(file('heic'))).toBe(true)
    expect(isHeic(file('isom'))).toBe(false)
    expect(isHeic(new ArrayBuffer(0))).toBe(false)
  })

  it.each([
    [4000, 3000, 2048, 1536],
    [3000, 4000, 1536, 2048],
    [800, 600, 800, 600],
    [10_000, 1, 2048, 1],
  ])('%i × %i becomes %i × %i, never larger', (width, height, w, h) => {
    expect(fit(width, height, 2048)).toEqual({ width: w, height: h })
  })
})

describe('the scanner', () => {
  const registers = {
    terminal: (id: string) => (id === terminal.id ? terminal : undefined),
    terminals: () => [terminal],
    labelRuns: () => [],
    server: () => ({}),
  }
  const scanner = async (devices: MediaDevices | undefined = undefined) => {
    const domain = rules()
    await domain.ready()
    return createScanner({ domain, registers, reader: async () => createReader({ ask: async () => null }, devices) })
  }

  it.each([
    [terminal.id],
    [`https://daochang.example/t/${terminal.id}`],
    [terminal.id.slice(-6)],
    [` ${terminal.id.toLowerCase()} `],
  ])('understands %s', async (text) => {
    expect((await scanner()).parse(text)).toMatchObject({ form: 'plain', terminal: terminal.id })
  })

  it.each([['hello'], ['012345'], ['']])('says that %j is no terminal', async (text) => {
    expect((await scanner()).parse(text)).toBeInstanceOf(Refusal)
  })

  it('tells a forbidden camera from a missing one', async () => {
    const failing = (name: string) => ({ getUserMedia: () => Promise.reject(new DOMException('no', name)) }) as unknown as MediaDevices
    const video = {} as HTMLVideoElement
    await expect((await scanner(failing('NotAllowedError'))).open(video)).rejects.toBeInstanceOf(CameraDenied)
    await expect((await scanner(failing('NotFoundError'))).open(video)).rejects.toBeInstanceOf(NoCamera)
    await expect((await scanner()).open(video)).rejects.toBeInstanceOf(NoCamera)
  })

  it('looks at the middle of the picture', () => {
    expect(cropOf(1280, 720)).toEqual({ x: 316, y: 36, side: 648, target: 648 })
    expect(cropOf(3000, 4000)).toMatchObject({ side: 2700, target: 720 })
  })
})
