/** How it stands before anything was tried. */
import type { SyncStatus } from '../ports'

export const emptyStatus = (): SyncStatus => ({
  ...{ online: true, leader: false, phase: 'idle', last_at: null, signed_out: false, problem: null },
  ...{ unsent: 0, photos_waiting: 0, refused: 0 },
})
