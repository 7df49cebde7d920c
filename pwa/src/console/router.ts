/** Addresses of the console, below `/console`. */
import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router'
import Desk from './desk/Desk.vue'
import NotFound from './shell/NotFound.vue'

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'desk', component: Desk },
  { path: '/report', name: 'report', component: () => import('./report/ReportNew.vue') },
  { path: '/complaints', name: 'complaints', component: () => import('./complaints/ComplaintList.vue') },
  { path: '/integrations', name: 'integrations', component: () => import('./integrations/IntegrationsPage.vue') },
  { path: '/work-orders/:id', name: 'work-order', component: () => import('./work-order/WorkOrderShow.vue'), props: true },
  { path: '/work-orders/:id/evidence', name: 'evidence', component: () => import('./evidence/EvidencePage.vue'), props: true },
  { path: '/reviews', name: 'reviews', component: () => import('./reviews/ReviewList.vue') },
  { path: '/reviews/:id', name: 'review', component: () => import('./reviews/ReviewShow.vue'), props: true },
  { path: '/figures', name: 'figures', component: () => import('./figures/PresencePage.vue') },
  { path: '/relay-codes', name: 'relay', component: () => import('./relay/RelayCode.vue') },
  { path: '/escalations', name: 'escalations', component: () => import('./escalations/QueuePage.vue') },
  { path: '/roster', name: 'roster', component: () => import('./roster/RosterPage.vue') },
  { path: '/channels', name: 'channels', component: () => import('./channels/ChannelsPage.vue') },
  { path: '/codes', name: 'codes', component: () => import('./codes/CodesPage.vue') },
  { path: '/evaluations', name: 'evaluate', component: () => import('./evaluations/Evaluations.vue') },
  { path: '/show-code', name: 'show_code', component: () => import('./codes/ShowCode.vue') },
  { path: '/log', name: 'watch', component: () => import('./watch/WatchPage.vue') },
  { path: '/devices', name: 'devices', component: () => import('./devices/DeviceList.vue') },
  { path: '/:rest(.*)*', name: 'not-found', component: NotFound },
]

export const createConsoleRouter = (): Router =>
  createRouter({
    history: createWebHistory('/console'),
    routes,
    scrollBehavior: (to, _from, saved) => saved ?? (to.hash ? { el: to.hash, top: 72 } : { top: 0 }),
  })
