import type { RouteRecordRaw } from 'vue-router'
import HomePage from './HomePage.vue'

/** The list is part of the first load; the page of one work order comes with the offline copy. */
export const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: HomePage, meta: { tabs: true } },
  { path: '/work-orders/:id', name: 'work-order', component: () => import('./WorkOrderPage.vue'), props: true, meta: { position: true } },
]
