import type { RouteRecordRaw } from 'vue-router'

/** `bare`: no tabs and no badge, because the phone is in the site manager's hands. */
export const routes: RouteRecordRaw[] = [
  {
    path: '/work-orders/:id/hand-over',
    name: 'hand-over',
    component: () => import('./HandOverPage.vue'),
    props: true,
    meta: { bare: true },
  },
]
