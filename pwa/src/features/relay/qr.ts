/** A QR code as one SVG path, one unit per module. */
import { encode } from 'uqr'

export interface Drawing {
  size: number
  path: string
}

/** Level M: a cracked or dirty screen may hide a seventh of it. */
export function draw(text: string): Drawing {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  let path = ''
  data.forEach((row, y) => {
    let x = 0
    while (x < size) {
      if (!row[x]) {
        x += 1
        continue
      }
      let length = 1
      while (row[x + length]) length += 1
      path += `M${x} ${y}h${length}v1h-${length}z`
      x += length
    }
  })
  return { size, path }
}
