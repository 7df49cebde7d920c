/** The errors that a screen may meet. Each says what happened in words that a person can use. */
import type { RefusalText } from '../../domain/types'

/** The rules do not allow it. */
export class Refusal extends Error implements RefusalText {
  override readonly name = 'Refusal'
  constructor(
    readonly code: string,
    readonly zh: string,
    readonly en: string,
  ) {
    super(`${code}: ${en}`)
  }

  static of(text: RefusalText): Refusal {
    return new Refusal(text.code, text.zh, text.en)
  }

  text(): RefusalText {
    return { code: this.code, zh: this.zh, en: this.en }
  }
}

/** The phone has no room left. Text facts still fit for a while, photos do not. */
export class StorageFull extends Error {
  override readonly name = 'StorageFull'
  constructor() {
    super('the phone has no room left')
  }
}

/** The person, or the phone's settings, did not allow the camera. */
export class CameraDenied extends Error {
  override readonly name = 'CameraDenied'
  constructor() {
    super('the camera was not allowed')
  }
}

/** There is no camera, or another program holds it. */
export class NoCamera extends Error {
  override readonly name = 'NoCamera'
  constructor(reason: string) {
    super(reason)
  }
}

/** The picture could not be read: `heic` needs another camera setting, `unreadable` is damaged or no picture. */
export class PhotoUnreadable extends Error {
  override readonly name = 'PhotoUnreadable'
  constructor(readonly kind: 'heic' | 'unreadable' | 'empty') {
    super(`the picture cannot be read (${kind})`)
  }
}
