//! Photos, kept under the name of their SHA-256: the same bytes are kept once, other bytes can never
//! take a name. What is acknowledged is on disk: file and directories are synced first, because a
//! phone deletes its copy afterwards.
//!
//! ```text
//! ab/cd/abcd…           the bytes                  staging/abcd…/00000000000000524288   a piece of an unfinished upload
//! derived/<kind>/ab/cd/abcd…  can be made again    aside/abcd…/<found hash>[.reason]    what was refused
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use domain::ids::hex;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};

use crate::error::{Result, StoreError};

/// Where the bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobLocation {
    /// In this process, gone when it ends.
    Memory,
    /// In this folder, created if missing.
    Directory(PathBuf),
}

/// The kept bytes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    pub(crate) objects: Arc<dyn ObjectStore>,
}

/// What became of bytes that were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOutcome {
    /// Kept, durably.
    Stored,
    /// They were here before.
    AlreadyThere,
    /// They are not what their name says; set aside, not kept under that name.
    WrongHash {
        /// What they hash to.
        found: String,
    },
}

impl Blobs {
    /// Opens the place.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the folder cannot be made or entered.
    pub fn open(location: &BlobLocation) -> Result<Self> {
        let objects: Arc<dyn ObjectStore> = match location {
            BlobLocation::Memory => Arc::new(InMemory::new()),
            BlobLocation::Directory(folder) => {
                std::fs::create_dir_all(folder).map_err(|error| {
                    StoreError::Unavailable(format!("{}: {error}", folder.display()))
                })?;
                Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))
            }
        };
        Ok(Self { objects })
    }

    /// Keeps bytes under their hash. Sending the same again changes nothing.
    pub async fn put(&self, sha256: &str, bytes: Bytes) -> Result<PutOutcome> {
        check_name(sha256)?;
        self.keep(sha256, vec![bytes]).await
    }

    /// The size of what is kept under this hash.
    pub async fn stat(&self, sha256: &str) -> Result<Option<u64>> {
        check_name(sha256)?;
        Ok(found(self.objects.head(&kept(sha256)).await)?.map(|meta| meta.size))
    }

    /// The bytes kept under this hash.
    pub async fn get(&self, sha256: &str) -> Result<Option<Bytes>> {
        check_name(sha256)?;
        self.read(&kept(sha256)).await
    }

    /// Whether the disk still has what was acknowledged; `None` if nothing is kept under this hash.
    pub async fn is_intact(&self, sha256: &str) -> Result<Option<bool>> {
        let Some(bytes) = self.get(sha256).await? else {
            return Ok(None);
        };
        Ok(Some(hash(vec![bytes]).await?.0 == sha256))
    }

    /// Keeps something that can be made again from the bytes, such as a thumbnail.
    pub async fn put_derived(&self, sha256: &str, kind: &str, bytes: Bytes) -> Result<()> {
        check_name(sha256)?;
        self.write(&derived(kind, sha256), bytes.into()).await
    }

    /// What was made from the bytes.
    pub async fn derived(&self, sha256: &str, kind: &str) -> Result<Option<Bytes>> {
        check_name(sha256)?;
        self.read(&derived(kind, sha256)).await
    }

    /// Keeps refused bytes for somebody to look at: evidence is never thrown away.
    pub async fn set_aside(&self, sha256: &str, bytes: Bytes, reason: &str) -> Result<()> {
        check_name(sha256)?;
        let (found, parts) = hash(vec![bytes]).await?;
        self.write_aside(sha256, &found, parts, reason).await
    }

    /// Checks the hash, then writes; shared with [`Blobs::finish`](crate::staging).
    pub(crate) async fn keep(&self, sha256: &str, parts: Vec<Bytes>) -> Result<PutOutcome> {
        let (found, parts) = hash(parts).await?;
        if found != sha256 {
            self.write_aside(sha256, &found, parts, "wrong_hash")
                .await?;
            return Ok(PutOutcome::WrongHash { found });
        }
        if self.stat(sha256).await?.is_some() {
            return Ok(PutOutcome::AlreadyThere);
        }
        self.write(&kept(sha256), parts.into_iter().collect())
            .await?;
        Ok(PutOutcome::Stored)
    }

    async fn write_aside(
        &self,
        sha256: &str,
        found: &str,
        parts: Vec<Bytes>,
        reason: &str,
    ) -> Result<()> {
        let place = format!("aside/{sha256}/{found}");
        self.write(&Path::from(place.as_str()), parts.into_iter().collect())
            .await?;
        self.write(
            &Path::from(format!("{place}.reason")),
            reason.to_owned().into(),
        )
        .await
    }

    pub(crate) async fn write(&self, place: &Path, payload: PutPayload) -> Result<()> {
        self.objects.put(place, payload).await?;
        Ok(())
    }

    pub(crate) async fn read(&self, place: &Path) -> Result<Option<Bytes>> {
        match found(self.objects.get(place).await)? {
            Some(object) => Ok(Some(object.bytes().await?)),
            None => Ok(None),
        }
    }
}

/// SHA-256 as hex, off the threads that answer requests: fifteen megabytes take several milliseconds.
async fn hash(parts: Vec<Bytes>) -> Result<(String, Vec<Bytes>)> {
    tokio::task::spawn_blocking(move || {
        let mut hasher = Sha256::new();
        parts.iter().for_each(|part| hasher.update(part));
        (hex(&hasher.finalize()), parts)
    })
    .await
    .map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// A missing object is an answer, not an error.
fn found<T>(result: object_store::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn kept(sha256: &str) -> Path {
    Path::from(format!("{}/{}/{sha256}", &sha256[..2], &sha256[2..4]))
}

fn derived(kind: &str, sha256: &str) -> Path {
    Path::from(format!(
        "derived/{kind}/{}/{}/{sha256}",
        &sha256[..2],
        &sha256[2..4]
    ))
}

/// Names become file names, so only hashes may be names.
pub(crate) fn check_name(sha256: &str) -> Result<()> {
    let is_hash = sha256.len() == 64
        && sha256
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if is_hash {
        Ok(())
    } else {
        Err(StoreError::Invalid(format!("not a SHA-256: {sha256:?}")))
    }
}
