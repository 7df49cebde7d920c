import type { RouteRecordRaw } from 'vue-router'

/** Shown without network, so it is part of the offline copy like every screen. */
export const routes: RouteRecordRaw[] = [
  { path: '/work-orders/:id/relay', name: 'relay', component: () => import('./RelayPage.vue'), props: true },
]
