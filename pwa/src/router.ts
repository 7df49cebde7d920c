/** The phone app's screens. Each feature lists its own routes; nothing is loaded before it is shown. */
import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router'
import type { Session } from './ports'

const features = import.meta.glob<{ routes: RouteRecordRaw[] }>('./features/*/routes.ts', { eager: true })

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown also to people who are not signed in. */
    public?: boolean
  }
}

export function createAppRouter(session: Pick<Session, 'state'>): Router {
  const routes: RouteRecordRaw[] = Object.values(features).flatMap((feature) => feature.routes)
  const router = createRouter({
    history: createWebHistory('/'),
    routes: [...routes, { path: '/:rest(.*)*', redirect: '/' }],
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  })
  router.beforeEach((to) => {
    if (to.meta.public || session.state.value !== 'signed_out' || !router.hasRoute('sign-in')) return true
    return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  })
  return router
}
