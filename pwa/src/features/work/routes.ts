import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/work-orders/:id/work',
    name: 'work',
    component: () => import('./WorkPage.vue'),
    props: ({ params, query }) => ({ id: String(params['id']), remote: query['mode'] === 'remote' }),
  },
]
