/** Links that hand a place over to a map program. They carry WGS-84; the maps convert it themselves. */
import type { Site, Terminal } from '../../domain/types'

export interface Direction {
  name: 'geo' | 'amap' | 'tencent'
  href: string
}

const degrees = (e7: number): string => (e7 / 1e7).toFixed(6)

export function directions(site: Site, terminal: Terminal): Direction[] {
  const lat = degrees(terminal.lat_e7)
  const lng = degrees(terminal.lng_e7)
  const name = encodeURIComponent(site.name)
  return [
    { name: 'geo', href: `geo:${lat},${lng}?q=${lat},${lng}(${name})` },
    { name: 'amap', href: `https://uri.amap.com/navigation?to=${lng},${lat},${name}&mode=car&coordinate=wgs84&callnative=1` },
    { name: 'tencent', href: `https://apis.map.qq.com/uri/v1/routeplan?type=drive&to=${name}&tocoord=${lat},${lng}&coord_type=1&referer=daochang` },
  ]
}
