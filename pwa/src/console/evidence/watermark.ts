/** What the watermark 水印 says. It is drawn over the picture on the screen and never becomes part
 *  of the evidence, whose bytes stay as they were hashed. */
import type { WorkOrder } from '../../domain/types'
import { instant } from '../lib/time'
import { word } from '../words'

type Photo = WorkOrder['photos'][number]

export function watermarkOf(photo: Photo, doc: WorkOrder, siteName: string, technician: string): string[] {
  return [
    `${instant(photo.at.wall)}  ${word('slot', photo.slot)}`,
    `${siteName}  ${doc.terminal}`,
    `${doc.id}  ${technician}`,
    `SHA-256 ${photo.sha256.slice(0, 8)}`,
  ]
}
