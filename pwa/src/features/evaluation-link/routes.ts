import type { RouteRecordRaw } from 'vue-router'

/** The server makes the link, so the page says so while there is no network. */
export const routes: RouteRecordRaw[] = [
  { path: '/work-orders/:id/evaluation-link', name: 'evaluation-link', component: () => import('./EvaluationLinkPage.vue'), props: true },
]
