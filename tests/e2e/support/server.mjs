// The real server with the demonstration's data, behind a proxy that can misbehave the way
// networks do: be gone, lose an answer after the server has acted, cut a line in the middle.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../../..')
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target')
const binary = process.env.DAOCHANG ?? path.join(target, 'debug/daochang')

export const PASSWORD = 'daochang-demo'

/** A port that stays free until the server takes it, also at a restart: below those that the system gives to outgoing connections. */
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const probe = net.createServer().listen(port, '127.0.0.1')
    const isFree = await new Promise((resolve) => probe.once('listening', () => resolve(true)).once('error', () => resolve(false)))
    if (!isFree) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}

/** Starts the program; what it says last is at hand for the error that ends a story. */
function start(args) {
  const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  child.said = ''
  child.stderr.on('data', (text) => {
    child.said = (child.said + text).slice(-4_000)
    if (process.env.E2E_LOG) process.stderr.write(text)
  })
  return child
}

async function healthy(origin, child) {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${child.said}`)
    try {
      if ((await fetch(`${origin}/healthz`)).ok) return
    } catch {
      // not listening yet
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('the server did not become healthy')
}

/** How long a filled demonstration counts as fresh: its open work orders are minutes old. */
const FRESH_MS = 10 * 60_000

/** A data folder with the demonstration in it. Filling it costs more than most stories, so all share one and copy it. */
async function filledFolder() {
  const name = createHash('sha256').update(binary).digest('hex').slice(0, 16)
  const filled = path.join(os.tmpdir(), `daochang-e2e-filled-${name}`)
  const born = await stat(filled).then((found) => found.birthtimeMs, () => 0)
  const built = (await stat(binary)).mtimeMs
  if (born < built || Date.now() - born > FRESH_MS) {
    const fresh = await mkdtemp(path.join(os.tmpdir(), 'daochang-e2e-filling-'))
    const port = await freePort()
    const child = start(['serve', '--demo', '--data', fresh, '--http', `127.0.0.1:${port}`, '--web', path.join(fresh, 'none')])
    await healthy(`http://127.0.0.1:${port}`, child)
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
    await rm(filled, { recursive: true, force: true })
    await rename(fresh, filled)
  }
  const data = await mkdtemp(path.join(os.tmpdir(), 'daochang-e2e-'))
  await cp(filled, data, { recursive: true })
  return data
}

/** Starts a server on the demonstration; `web` is the folder of the built app, `sm2` the name of a key file in the data
 *  folder, `options` are further words of the command line. */
export async function startServer({ web = path.join(root, 'pwa/dist'), sm2, options = [] } = {}) {
  const data = await filledFolder()
  const inner = await freePort()
  const proxy = await startProxy(inner)
  let child
  const launch = async (folder = web, key = sm2) => {
    const more = [...options, ...(key ? ['--sm2', path.join(data, key)] : [])]
    child = start(['serve', '--demo', '--data', data, '--http', `127.0.0.1:${inner}`, '--web', folder, ...more])
    await healthy(`http://127.0.0.1:${inner}`, child)
  }
  const halt = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
  try {
    await launch()
  } catch (error) {
    // What still listened would keep the story from ever ending.
    proxy.close()
    child.kill('SIGKILL')
    throw error
  }
  return {
    origin: proxy.origin,
    /** Past the proxy: for what happens at the desk while the phone has no network. */
    direct: `http://127.0.0.1:${inner}`,
    network: proxy,
    /** Keys, database and photos. */
    data,
    /** Stops and starts again on the same data, as an update or a power cut does; `meanwhile` is what is done to the data. */
    restart: async ({ signal = 'SIGTERM', web: folder, sm2: key, meanwhile = () => undefined } = {}) => {
      await halt(signal)
      await meanwhile()
      await launch(folder, key)
    },
    stop: async () => {
      await halt('SIGTERM')
      proxy.close()
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** A proxy whose `mode` is how the network is: 'up', 'down', or 'forgetful' for chosen requests. */
async function startProxy(inner) {
  const never = () => false
  const state = { mode: 'up', forget: never, cut: never, drop: never, seen: [] }
  const sockets = new Set()
  const server = http.createServer((request, response) => {
    if (state.mode === 'down' || state.drop(request)) return request.socket.destroy()
    const entry = { method: request.method, url: request.url, began: Date.now(), ended: null, status: null }
    state.seen.push(entry)
    response.once('close', () => (entry.ended = Date.now()))
    if (state.cut(request)) {
      request.once('data', () => request.socket.destroy())
      return
    }
    const onward = http.request(
      { host: '127.0.0.1', port: inner, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        entry.status = answer.statusCode
        if (state.forget(request)) {
          // The server has acted; the phone hears of a failure.
          answer.resume()
          answer.once('end', () => response.writeHead(500, { 'content-type': 'text/plain' }).end('lost'))
          return
        }
        response.writeHead(answer.statusCode, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('error', () => request.socket.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })
  server.on('connection', (socket) => {
    if (state.mode === 'down') return socket.destroy()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    seen: state.seen,
    down() {
      state.mode = 'down'
      sockets.forEach((socket) => socket.destroy())
    },
    up() {
      state.mode = 'up'
    },
    /** Answers 500 for what `which` picks, after the server has done it. */
    forget(which) {
      state.forget = which ?? never
    },
    /** Cuts the line in the middle of the body of what `which` picks. */
    cut(which) {
      state.cut = which ?? never
    },
    /** What `which` picks never reaches the server; the rest goes on. */
    drop(which) {
      state.drop = which ?? never
    },
    close() {
      sockets.forEach((socket) => socket.destroy())
      server.close()
    },
  }
}
