/** Where the terminal of a work order stands: as registered when the fault was reported, which counts, and as it is now. */
import type { Place } from '../api/types'
import type { Site } from '../domain/types'

type Manager = Site['managers'][number]

/** Who may sign for the site: whoever was registered at the report, and whoever has been since. */
export function managersOf(born: Site | undefined, now: Site | undefined): Manager[] {
  const known = now?.managers ?? []
  const former = (born?.managers ?? []).filter((one) => !known.some((other) => other.person === one.person))
  return [...known, ...former]
}

/** Whether somebody who goes by the one would be elsewhere by the other, or inside another fence. */
export function differs(born: Place, now: Place): boolean {
  const fixed = ({ terminal, site }: Place): unknown[] => [
    ...[terminal.lat_e7, terminal.lng_e7, terminal.radius_cm ?? site.radius_cm],
    ...[site.id, site.name, site.address, site.lat_e7, site.lng_e7],
  ]
  const other = fixed(now)
  return fixed(born).some((value, at) => value !== other[at])
}
