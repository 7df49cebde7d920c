/** What the screen of channels makes of forms and deliveries; the rules themselves are the server's. */
import type { ChannelKind, ChannelTopic, DeliveryRow, NewChannel } from '../api'

export const KINDS: readonly ChannelKind[] = ['wecom', 'dingtalk', 'email', 'webhook']
export const TOPICS: readonly ChannelTopic[] = ['assigned', 'warning', 'overdue', 'leader', 'filing', 'evaluation']

/** What somebody on duty wants to hear of; the rest is noise in a group. */
export const emptyChannel = (org: string | null): NewChannel => ({ org, kind: 'wecom', name: '', address: '', secret: '', topics: ['overdue', 'leader', 'filing'] })

/** What is sent; null while something is missing. */
export function formOf(draft: NewChannel): NewChannel | null {
  const form = { ...draft, name: draft.name.trim(), address: draft.address.trim(), secret: draft.kind === 'dingtalk' ? draft.secret.trim() : '' }
  const isFull = form.name !== '' && form.address !== '' && form.topics.length > 0 && (form.kind !== 'dingtalk' || form.secret !== '')
  return isFull ? form : null
}

/** The last attempt that failed, unless the message has arrived. */
export function trouble(row: DeliveryRow): DeliveryRow['attempts'][number] | null {
  const last = row.attempts.at(-1)
  return row.state !== 'sent' && last?.reason ? last : null
}

/** Whether somebody may have it tried again: nobody else will before a while, or at all. */
export const mayTryAgain = (row: DeliveryRow): boolean => row.state === 'failed' || row.state === 'given_up'

/** The organisations of these people, each once, by name. */
export function organisations(people: readonly { org: string; org_name: string }[]): { org: string; org_name: string }[] {
  const found = new Map(people.map(({ org, org_name }) => [org, { org, org_name }]))
  return [...found.values()].sort((a, b) => a.org_name.localeCompare(b.org_name, 'zh-CN'))
}
