import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/sync', name: 'sync', component: () => import('./SyncPage.vue'), meta: { tabs: true } },
]
