/** The wide-screen console: online only, records nothing itself, reads through the API. */
import { createApp } from 'vue'
import { provideConsoleContainer } from '../shared/lib/inject'
import '../styles/index.css'
import { provideDeskApi } from './api'
import './console.css'
import ConsoleApp from './ConsoleApp.vue'
import { createConsoleContainer } from './container'
import { createConsoleRouter } from './router'
import { createRules, provideRules } from './rules'

const { container, deskApi } = createConsoleContainer()
const app = createApp(ConsoleApp)
provideConsoleContainer(app, container)
provideDeskApi(app, deskApi)
provideRules(app, createRules(container.domain))
app.use(createConsoleRouter())
app.mount('#console')
