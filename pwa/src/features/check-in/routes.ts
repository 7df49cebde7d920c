import type { RouteRecordRaw } from 'vue-router'

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** `scan` is the event of the scan, `reason` why it is another terminal than the work order's. */
export const routes: RouteRecordRaw[] = [
  {
    path: '/work-orders/:id/check-in',
    name: 'check-in',
    component: () => import('./CheckInPage.vue'),
    props: ({ params, query }) => ({
      id: String(params['id']),
      scan: text(query['scan']),
      terminal: text(query['terminal']),
      reason: text(query['reason']),
    }),
    meta: { position: true },
  },
]
