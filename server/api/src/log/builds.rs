//! Which build of the app this server gives to phones (evidence §3, attack 30): the list of all files
//! it serves, with their hashes. The hash of the list is the build's name. It gets a leaf before the
//! first phone can load it, and the list itself is published for good beside the log, so that a program
//! that was once served cannot be denied, and one that signs without being listed is seen.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use domain::build::Build;
use domain::ids::Digest;
use domain::time::Timestamp;
use domain::tlog::leaf::LeafKind;
use sha2::{Digest as _, Sha256};
use store::{Commit, LogFiles, Store, StoreError, Written};

use super::Tail;

/// More files than any build of the app has: the folder is another one.
const FILES_MAX: usize = 2_000;
/// The published file that names the build of the last start.
pub const LATEST: &str = "builds/latest";

/// The build that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// SHA-256 of `text`.
    pub name: Digest,
    /// The list, as phones and auditors read it.
    pub text: String,
}

impl Served {
    /// What lies in this folder now. A folder that is not there has no files, which is a build too.
    ///
    /// # Errors
    /// When a file cannot be read, or the folder holds much more than the app.
    pub fn in_folder(web: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        if web.is_dir() {
            collect(web, web, &mut files)?;
        }
        let text = Build::of(files).text();
        let text = text.map_err(|_| io::Error::other("a file name has no canonical form"))?;
        Ok(Self {
            name: Digest(Sha256::digest(&text).into()),
            text,
        })
    }
}

/// All that [`crate::web::Web`] would serve: hidden files are not.
fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Digest>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        let Some(name) = served_name(root, &path) else {
            continue;
        };
        if path.is_dir() {
            collect(root, &path, files)?;
            continue;
        }
        if files.len() == FILES_MAX {
            let folder = root.display();
            return Err(io::Error::other(format!(
                "{folder} holds more than {FILES_MAX} files and is not the built app"
            )));
        }
        let bytes = fs::read(&path)?;
        files.insert(name, Digest(Sha256::digest(bytes).into()));
    }
    Ok(())
}

/// The path below the server's address, if it has one.
fn served_name(root: &Path, path: &Path) -> Option<String> {
    let hidden = path.file_name()?.to_string_lossy().starts_with('.');
    let parts = path.strip_prefix(root).ok()?.iter();
    let name: Option<Vec<&str>> = parts.map(|part| part.to_str()).collect();
    name.filter(|_| !hidden).map(|name| name.join("/"))
}

/// Where the list of a build is published.
pub fn file_of(name: Digest) -> String {
    format!("builds/{name}.json")
}

/// Publishes the build's list, and logs it if the server served another one when it started last. Returns
/// whether it did. Killed in between it is logged once more the next time, which says nothing else.
///
/// # Errors
/// When store or files do not answer.
pub async fn log_build(
    store: &Store,
    files: &LogFiles,
    served: &Served,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let text = Bytes::from(served.text.clone());
    if files.create(&file_of(served.name), text).await? == Written::Differs {
        tracing::error!(build = %served.name, "ALARM: the published list of this build was altered");
    }
    let line = Bytes::from(format!("{}\n", served.name));
    if files.read(LATEST).await?.is_some_and(|last| last == line) {
        return Ok(false);
    }
    let name = served.name;
    store
        .decide(|n| async move {
            let mut commit = Commit {
                expected_n: n,
                ..Commit::default()
            };
            let mut tail = Tail::of(store.log_tail().await?);
            tail.append(&mut commit, LeafKind::Build, name, now);
            Ok::<_, StoreError>((commit, ()))
        })
        .await?;
    files.replace(LATEST, line).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn every_served_file_counts_and_nothing_else() {
        let root = folder("build");
        write(&root, "index.html", "page");
        write(&root, "assets/a.js", "script");
        let before = Served::in_folder(&root).unwrap();
        assert_eq!(before.name, Digest(Sha256::digest(&before.text).into()));
        write(&root, ".hidden/x", "not served");
        write(&root, "assets/.x", "not served");
        assert_eq!(Served::in_folder(&root).unwrap(), before);
        // Also what is only sent to browsers that read gzip.
        write(&root, "assets/a.js.gz", "packed");
        let packed = Served::in_folder(&root).unwrap();
        assert_ne!(packed.name, before.name);
        fs::remove_file(root.join("assets/a.js.gz")).unwrap();
        write(&root, "assets/a.js", "script!");
        assert_ne!(Served::in_folder(&root).unwrap().name, before.name);
        write(&root, "assets/a.js", "script");
        assert_eq!(Served::in_folder(&root).unwrap(), before);
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_files() {
        let served = Served::in_folder(&folder("build").join("none")).unwrap();
        assert_eq!(served.text, r#"{"files":{},"v":1}"#);
    }

    #[test]
    fn another_folder_than_that_of_the_app_is_not_served() {
        let root = folder("build");
        for n in 0..FILES_MAX {
            write(&root, &format!("{n}"), "");
        }
        assert!(Served::in_folder(&root).is_ok());
        write(&root, "one-more", "");
        assert!(Served::in_folder(&root).is_err());
    }
}
