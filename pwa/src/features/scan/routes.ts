import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/scan',
    name: 'scan',
    component: () => import('./ScanPage.vue'),
    props: (route) => ({ wo: typeof route.query['wo'] === 'string' ? route.query['wo'] : null }),
    meta: { tabs: true, position: true },
  },
  {
    path: '/n',
    name: 'tap',
    component: () => import('./TapPage.vue'),
    // The address that the tag opened is the code itself.
    props: (route) => ({ text: `${location.origin}${route.fullPath}` }),
    meta: { position: true },
  },
]
