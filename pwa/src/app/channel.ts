/** Word between the tabs of one person. Browsers without it have one tab that knows, and others that look later. */
import type { Channel, News } from '../sync/engine'

export function browserChannel(name: string): Channel {
  if (typeof BroadcastChannel !== 'function') {
    return { post: () => undefined, onNews: () => undefined, close: () => undefined }
  }
  const channel = new BroadcastChannel(name)
  let isOpen = true
  return {
    post: (news) => (isOpen ? channel.postMessage(news) : undefined),
    onNews: (callback) => channel.addEventListener('message', (event: MessageEvent<News>) => callback(event.data)),
    close() {
      isOpen = false
      channel.close()
    },
  }
}
