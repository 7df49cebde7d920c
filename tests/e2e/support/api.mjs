// The desk's side of a story, through the published API.
import { PASSWORD } from './server.mjs'

async function ask(origin, token, method, path, body, headers = {}) {
  const response = await fetch(`${origin}/api/v1${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${response.status} ${text}`), { status: response.status })
  return text === '' ? null : JSON.parse(text)
}

/** A person at the API. */
export async function signIn(origin, login) {
  const { token, person } = await ask(origin, null, 'POST', '/session', { login, password: PASSWORD })
  return {
    person,
    token,
    get: (path) => ask(origin, token, 'GET', path),
    post: (path, body, headers) => ask(origin, token, 'POST', path, body, headers),
    del: (path) => ask(origin, token, 'DELETE', path),
  }
}

/** A dispatcher's new work order for this technician at a terminal of their provider. */
export async function newWorkOrder(origin, { dispatcher = 'dispatch1', technician = 'tech1', place = 0, fault = 'HW-1' } = {}) {
  const phone = await signIn(origin, technician)
  const kit = await phone.get('/kit')
  const taken = new Set((await phone.get('/sync/changes')).changes.map((change) => change.work_order.terminal))
  const terminal = kit.terminals.filter((candidate) => !taken.has(candidate.id))[place]
  const desk = await signIn(origin, dispatcher)
  const { work_order: id } = await desk.post('/reports', {
    terminal: terminal.id,
    fault,
    text: '开机后蓝屏，无法办理业务',
    reporter_name: null,
    reporter_phone: null,
    occurred_at: null,
    technician: phone.person.id,
  })
  return { id, terminal, site: kit.sites.find((site) => site.id === terminal.site) }
}

/** The account of the district in which a site stands. */
export const authorityOf = (origin, site) => signIn(origin, `authority-${site.district.toLowerCase()}`)
