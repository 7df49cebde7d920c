// The one question at the end of every story: is everything the phone recorded at the server,
// each exactly once, with the bytes of every photo as they were hashed?
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

import { authorityOf } from './api.mjs'
import { outbox } from './phone.mjs'

const WAIT_MS = 60_000

/** Waits until nothing of a work order is on its way any more; returns the phone's own list. */
export async function settled(page, person, { refused = 0 } = {}) {
  const until = Date.now() + WAIT_MS
  for (;;) {
    const held = await outbox(page, person)
    const open = [...held.events.filter((event) => event.wo !== null), ...held.photos].filter(
      (item) => item.state !== 'receipted' && item.state !== 'refused',
    )
    if (open.length === 0) {
      const turned = held.events.filter((event) => event.state === 'refused')
      assert.equal(turned.length, refused, `refused: ${JSON.stringify(turned)}`)
      return held
    }
    assert.ok(Date.now() < until, `still on the phone: ${JSON.stringify(open)}`)
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

/** A chain has one event at each place, from the first on, and no event twice. */
export function assertOneChain(events) {
  const places = events.map((event) => event.seq)
  assert.deepEqual(places, places.map((_, at) => at + 1), 'the chain has a gap or a fork')
  assert.equal(new Set(events.map((event) => event.id)).size, events.length, 'an event stands in the chain twice')
}

const count = (list, id) => list.filter((one) => one === id).length

async function bytesOf(origin, who, path) {
  const response = await fetch(`${origin}/api/v1${path}`, { headers: { authorization: `Bearer ${who.token}` } })
  assert.equal(response.status, 200, `${path}: ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}

/**
 * Compares the phone's store with the evidence of one work order, as its district sees it.
 * Returns the evidence.
 */
export async function assertExactlyOnce(origin, page, person, { id, site }, options = {}) {
  const held = await settled(page, person, options)
  assertOneChain(held.events)
  const authority = await authorityOf(origin, site)
  const evidence = await authority.get(`/work-orders/${id}/evidence`)
  const stored = evidence.events.map((event) => event.id)
  const mine = held.events.filter((event) => event.wo === id)
  assert.ok(mine.length > 0, 'the phone recorded nothing for this work order')
  for (const event of mine.filter((one) => one.state === 'receipted')) {
    assert.equal(count(stored, event.id), 1, `${event.t} ${event.seq} stands ${count(stored, event.id)} times at the server`)
  }
  const dev = evidence.events.find((event) => event.id === mine.find((one) => one.state === 'receipted')?.id)?.dev
  const foreign = evidence.events.filter((event) => event.dev === dev && !held.events.some((one) => one.id === event.id))
  assert.deepEqual(foreign, [], 'the server has events of this phone that the phone does not know')
  for (const photo of held.photos.filter((one) => one.wo === id && one.state === 'receipted')) {
    const found = evidence.photos.filter((one) => one.sha256 === photo.sha256)
    assert.equal(found.length, 1, `photo ${photo.sha256} stands ${found.length} times at the server`)
  }
  for (const photo of evidence.photos) {
    assert.ok(photo.stored, `the bytes of photo ${photo.sha256} are not at the server`)
    const bytes = await bytesOf(origin, authority, `/work-orders/${id}/photos/${photo.sha256}`)
    assert.equal(createHash('sha256').update(bytes).digest('hex'), photo.sha256, 'the server holds other bytes')
  }
  return evidence
}
