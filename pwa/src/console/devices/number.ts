/** The check number while it is typed: what somebody read out, in whatever groups. */
export const NUMBER_LENGTH = 8

/** The digits, full-width ones too, without what stands between them. Anything else stays, and makes it wrong. */
export const digitsIn = (typed: string): string => typed.normalize('NFKC').replace(/[\s\-.·]/g, '')
