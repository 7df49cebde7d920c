/// <reference types="vite/client" />
/** What people call this version of the app. */
declare const __BUILD__: string
