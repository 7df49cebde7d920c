/// <reference types="vite/client" />
/** The program that runs; named in `app_started`. */
declare const __BUILD__: string
