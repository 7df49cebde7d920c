/** Shared texts, English. Same keys as the Chinese ones. */
import type { zh } from './zh'

export const en: { [K in keyof typeof zh]: string } = {
  'problem.network': 'No network. Records are saved on this phone and sent when it is back',
  'problem.timeout': 'The server did not answer in time; it will be tried again',
  'problem.aborted': 'The request was cancelled',
  'problem.signed_out': 'Please sign in again; everything unsent is still on this phone',
  'problem.server': 'The server has a fault ({status}); it will be tried again',
  'problem.other': '{detail}',
  'problem.receipt': 'The server’s receipt does not match this phone’s records; sending has stopped. Please call the administrator',
  'problem.update': 'The server asks for a newer version; please update the app',
  'storage.full': 'This phone is full: sync or free photos before taking new ones. Text and check-ins still fit',
  'camera.denied': 'The camera was not allowed',
  'camera.none': 'There is no usable camera',
  'photo.heic': 'This picture is HEIC and cannot be read. Choose “Most compatible” (JPEG) in the camera settings',
  'photo.unreadable': 'This picture cannot be read; please take it again',
  'photo.empty': 'The picture is empty; please take it again',
  'key.not_kept': 'This browser cannot keep the signing key (private or lockdown mode?). Use a normal window or another browser',
  'unknown': 'Something went wrong: {detail}',
}
