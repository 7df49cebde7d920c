/** Starts the phone app: the container first, then the screen, then what is only needed later. */
import { createApp } from 'vue'
import App from './App.vue'
import { createContainer } from './container'
import { createAppRouter } from './router'
import { provideContainer } from './shared/lib/inject'
import './styles/index.css'

async function start(): Promise<void> {
  const container = createContainer()
  // The local store decides whether the first screen is the list or the sign-in.
  await container.begin().catch((error: unknown) => console.error(error))
  const app = createApp(App)
  provideContainer(app, container)
  app.use(createAppRouter(container.session)).mount('#app')
  if (import.meta.env.PROD) await container.followUpdates()
}

start().catch((error: unknown) => console.error(error))
