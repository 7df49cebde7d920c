//! The published log: tiles, entries and checkpoints as plain files that anybody may copy. A file is
//! created once and never written again, by a conditional write of the object store: of two server
//! processes that would publish different logs, the second one finds out instead of overwriting.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};

use crate::blobs::Blobs;
use crate::error::{Result, StoreError};

/// The folder of all of it.
const ROOT: &str = "log";

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is there now.
    Created,
    /// It was there, with the same bytes.
    Same,
    /// It was there with other bytes, which stay.
    Differs,
}

/// The published files, by their path below `/log/`.
#[derive(Debug, Clone)]
pub struct LogFiles {
    objects: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// The published log beside the photos.
    pub fn log_files(&self) -> LogFiles {
        LogFiles {
            objects: Arc::clone(&self.objects),
        }
    }
}

impl LogFiles {
    /// Creates a file, durably, unless there is one.
    pub async fn create(&self, path: &str, bytes: Bytes) -> Result<Written> {
        let place = place(path)?;
        let put = self
            .objects
            .put_opts(&place, bytes.clone().into(), PutMode::Create.into())
            .await;
        match put {
            Ok(_) => Ok(Written::Created),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let there = self.read(path).await?;
                let is_same = there.is_some_and(|there| there == bytes);
                Ok(if is_same {
                    Written::Same
                } else {
                    Written::Differs
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Puts a file in place of what was there: only for what points to the latest.
    pub async fn replace(&self, path: &str, bytes: Bytes) -> Result<()> {
        self.objects.put(&place(path)?, bytes.into()).await?;
        Ok(())
    }

    /// Removes a folder of files that others have taken the place of.
    pub async fn remove_folder(&self, path: &str) -> Result<()> {
        let folder = place(path)?;
        let listed: Vec<_> = self.objects.list(Some(&folder)).try_collect().await?;
        for file in listed {
            match self.objects.delete(&file.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// A file.
    pub async fn read(&self, path: &str) -> Result<Option<Bytes>> {
        match self.objects.get(&place(path)?).await {
            Ok(object) => Ok(Some(object.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Paths come from addresses, so they are made of the log's own words only.
fn place(path: &str) -> Result<Path> {
    let is_ours = path.len() <= 200
        && path.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        });
    if is_ours {
        Ok(Path::from(format!("{ROOT}/{path}")))
    } else {
        Err(StoreError::Invalid(format!(
            "not a file of the log: {path:?}"
        )))
    }
}
