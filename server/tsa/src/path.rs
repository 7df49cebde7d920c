//! The way from a certificate to a trusted one (RFC 5280, 6), judged at the time of the stamp.

use domain::time::Timestamp;

use crate::certificate::Certificate;
use crate::{Refusal, Roots};

/// Longest path, trusted end included.
const PATH_MAX: usize = 6;
/// Most signatures verified in search of a path, whatever certificates a reply brings along.
const SIGNATURES_MAX: usize = 32;

/// The certificates from `signer` up to a trusted one.
pub fn find<'a>(
    signer: &'a Certificate,
    brought: &'a [Certificate],
    roots: &'a Roots,
    at: Timestamp,
) -> Result<Vec<&'a Certificate>, Refusal> {
    signer.is_valid_at(at)?;
    let mut search = Search {
        brought,
        roots,
        at,
        signatures_left: SIGNATURES_MAX,
        why: Refusal::Untrusted,
    };
    let mut path = vec![signer];
    if search.extend(&mut path) {
        Ok(path)
    } else {
        Err(search.why)
    }
}

struct Search<'a> {
    brought: &'a [Certificate],
    roots: &'a Roots,
    at: Timestamp,
    signatures_left: usize,
    /// What stood in the way, as long as nothing better is known: that nobody is trusted.
    why: Refusal,
}

impl<'a> Search<'a> {
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> bool {
        let last = path[path.len() - 1];
        if self.roots.as_slice().contains(last) {
            return true;
        }
        if path.len() == PATH_MAX {
            return false;
        }
        let (roots, brought) = (self.roots.as_slice(), self.brought);
        for (candidate, trusted) in roots
            .iter()
            .map(|root| (root, true))
            .chain(brought.iter().map(|other| (other, false)))
        {
            if !candidate.is_issuer_of(last) || path.contains(&candidate) {
                continue;
            }
            if let Err(why) = self.is_issuer(candidate, trusted, path) {
                if self.why == Refusal::Untrusted {
                    self.why = why;
                }
                continue;
            }
            path.push(candidate);
            if trusted || self.extend(path) {
                return true;
            }
            path.pop();
        }
        false
    }

    fn is_issuer(
        &mut self,
        candidate: &Certificate,
        trusted: bool,
        path: &[&Certificate],
    ) -> Result<(), Refusal> {
        // The certificate at the end of the path does not count, nor those that renew themselves.
        let below = path[1..].iter().filter(|it| !it.is_self_issued()).count();
        candidate.may_issue(below, trusted)?;
        self.signatures_left = self
            .signatures_left
            .checked_sub(1)
            .ok_or(Refusal::TooLarge)?;
        candidate.signed(path[path.len() - 1])?;
        candidate.is_valid_at(self.at)
    }
}
