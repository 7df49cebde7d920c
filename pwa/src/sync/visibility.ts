/** Whether somebody can see the page. */
export interface Visibility {
  isVisible(): boolean
  onChange(callback: () => void): () => void
}

export const pageVisibility = (): Visibility => ({
  isVisible: () => document.visibilityState === 'visible',
  onChange(callback) {
    document.addEventListener('visibilitychange', callback)
    window.addEventListener('pageshow', callback)
    return () => {
      document.removeEventListener('visibilitychange', callback)
      window.removeEventListener('pageshow', callback)
    }
  },
})
