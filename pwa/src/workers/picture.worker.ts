/** Draws, encodes and hashes photos away from the page, so that the screen never stops. */
import { offscreenEasel, preparePicture, type Picture, type PictureRequest } from '../capture/picture'
import { answerWith } from './bridge'

answerWith<PictureRequest, Picture>(self as never, async (request) => {
  const answer = await preparePicture(request, offscreenEasel)
  return { answer, transfer: [answer.bytes] }
})
