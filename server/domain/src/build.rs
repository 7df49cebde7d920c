//! Which program a phone ran. The server publishes the list of all files of the app it serves, by
//! their hashes, and logs the hash of that list before anybody can load them; a phone names the list
//! it runs when it starts (evidence §3, attack 30). A program that was never published is a doubt
//! about what it signed, never guilt: a modified program can name any build, so a name that is known
//! raises no grade either.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::canonical::{NotCanonical, canonical_of};
use crate::ids::Digest;
use crate::text::coded;
use crate::time::Timestamp;

/// All files of the app as it is served, by their path below the server's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// SHA-256 of each file's bytes.
    pub files: BTreeMap<String, Digest>,
    /// Version of this form; always 1.
    pub v: u32,
}

impl Build {
    /// The build of these files.
    pub fn of(files: BTreeMap<String, Digest>) -> Self {
        Self { files, v: 1 }
    }

    /// The list as it is published, whose SHA-256 is the build's name. The same files give the same
    /// text, in whatever order they were found.
    ///
    /// # Errors
    /// When a path has no canonical spelling.
    pub fn text(&self) -> Result<String, NotCanonical> {
        canonical_of(self)
    }
}

coded! {
    /// What is odd about the program that signed.
    BuildDoubt {
        NotNamed "build_not_named" "手机没有说明所运行的程序是哪个公布的版本" "The phone does not say which published build of the app it ran";
        NotLogged "build_not_logged" "手机所称的程序版本没有在公开日志中公布过" "The build that the phone says it ran was never published in the log";
        LoggedLater "build_logged_later" "手机所称的程序版本是在签名之后才公布的" "The build that the phone says it ran was published only after it had signed";
    }
}

/// What is odd about the build that a phone named when it started, if anything is.
///
/// `latest` is the latest moment of that start by the receipts; `logged_at` when the named build entered
/// the log. An app that was published while the phone was without network is not told apart from one
/// that was there before: the bound is all that is known.
pub fn doubt(
    named: Option<Digest>,
    logged_at: Option<Timestamp>,
    latest: Timestamp,
) -> Option<BuildDoubt> {
    match (named, logged_at) {
        (None, _) => Some(BuildDoubt::NotNamed),
        (Some(_), None) => Some(BuildDoubt::NotLogged),
        (Some(_), Some(at)) if at > latest => Some(BuildDoubt::LoggedLater),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const NAMED: Option<Digest> = Some(Digest([7; 32]));

    #[rstest]
    #[case::before(NAMED, Some(99), None)]
    #[case::at_the_same_moment(NAMED, Some(100), None)]
    #[case::one_later(NAMED, Some(101), Some(BuildDoubt::LoggedLater))]
    #[case::never(NAMED, None, Some(BuildDoubt::NotLogged))]
    #[case::no_name(None, Some(99), Some(BuildDoubt::NotNamed))]
    #[case::nothing(None, None, Some(BuildDoubt::NotNamed))]
    fn a_build_must_be_in_the_log_when_it_signs(
        #[case] named: Option<Digest>,
        #[case] logged_at: Option<i64>,
        #[case] expected: Option<BuildDoubt>,
    ) {
        let logged_at = logged_at.map(Timestamp);
        assert_eq!(doubt(named, logged_at, Timestamp(100)), expected);
    }

    #[test]
    fn the_list_has_one_spelling() {
        let files = BTreeMap::from([
            ("index.html".to_owned(), Digest([1; 32])),
            ("assets/a.js".to_owned(), Digest([2; 32])),
        ]);
        let text = Build::of(files).text().unwrap();
        let (one, two) = ("01".repeat(32), "02".repeat(32));
        let expected =
            format!("{{\"files\":{{\"assets/a.js\":\"{two}\",\"index.html\":\"{one}\"}},\"v\":1}}");
        assert_eq!(text, expected);
    }

    proptest! {
        #[test]
        fn the_order_in_which_files_are_found_makes_no_difference_and_any_change_does(
            files in proptest::collection::btree_map("[a-z]{1,8}", any::<[u8; 32]>(), 1..8),
            at: prop::sample::Index,
        ) {
            let of = |list: Vec<(String, [u8; 32])>| {
                let files = list.into_iter().map(|(name, hash)| (name, Digest(hash)));
                Build::of(files.collect()).text().unwrap()
            };
            let list: Vec<_> = files.clone().into_iter().collect();
            let backwards = list.iter().rev().cloned().collect();
            let whole = of(list.clone());
            prop_assert_eq!(&whole, &of(backwards));
            let chosen = at.index(list.len());
            let mut without = list.clone();
            without.remove(chosen);
            prop_assert_ne!(&whole, &of(without));
            let mut changed = list;
            changed[chosen].1[0] ^= 1;
            prop_assert_ne!(&whole, &of(changed));
        }
    }
}
