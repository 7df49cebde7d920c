//! Unfinished uploads: pieces lie side by side, named by where they begin, each durable before it is
//! acknowledged. A phone in a basement sends a photo over several days and several server restarts.

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode};

use crate::blobs::{Blobs, check_name};
use crate::error::{Result, StoreError};

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendOutcome {
    /// Kept, durably.
    Appended {
        /// Where the next piece begins.
        offset: u64,
    },
    /// It does not begin where the pieces kept so far end; nothing was written.
    WrongOffset {
        /// Where the next piece must begin.
        offset: u64,
    },
}

/// A kept piece: where it begins and how long it is.
struct Piece {
    place: Path,
    begin: u64,
    size: u64,
}

impl Blobs {
    /// How many bytes of an unfinished upload are kept; `None` if there are none.
    pub async fn offset(&self, sha256: &str) -> Result<Option<u64>> {
        check_name(sha256)?;
        let pieces = self.pieces(sha256).await?;
        Ok(pieces.last().map(|piece| piece.begin + piece.size))
    }

    /// Keeps one more piece of an upload.
    pub async fn append(&self, sha256: &str, offset: u64, bytes: Bytes) -> Result<AppendOutcome> {
        let end = self.offset(sha256).await?.unwrap_or(0);
        if offset != end {
            return Ok(AppendOutcome::WrongOffset { offset: end });
        }
        let next = offset + bytes.len() as u64;
        if bytes.is_empty() {
            return Ok(AppendOutcome::Appended { offset: next });
        }
        // Created, never overwritten: of two requests with the same piece one is told to look again.
        let place = Path::from(format!("{}/{offset:020}", staging(sha256)));
        match self
            .objects
            .put_opts(&place, bytes.into(), PutMode::Create.into())
            .await
        {
            Ok(_) => Ok(AppendOutcome::Appended { offset: next }),
            Err(Error::AlreadyExists { .. }) => {
                let offset = self.offset(sha256).await?.unwrap_or(0);
                Ok(AppendOutcome::WrongOffset { offset })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The pieces put together, so that the caller can look at the whole before it is kept. `None` if
    /// there are none, or if somebody else put them together meanwhile.
    pub async fn assembled(&self, sha256: &str) -> Result<Option<Bytes>> {
        check_name(sha256)?;
        let pieces = self.pieces(sha256).await?;
        let size = pieces.iter().map(|piece| piece.size).sum::<u64>();
        let mut whole = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        for piece in &pieces {
            match self.read(&piece.place).await? {
                Some(part) => whole.extend_from_slice(&part),
                None => return Ok(None),
            }
        }
        Ok((!whole.is_empty()).then(|| whole.into()))
    }

    /// Forgets the pieces, once the whole is kept or set aside.
    pub async fn discard_pieces(&self, sha256: &str) -> Result<()> {
        check_name(sha256)?;
        for piece in self.pieces(sha256).await? {
            match self.objects.delete(&piece.place).await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The pieces that follow each other without gap from the beginning.
    async fn pieces(&self, sha256: &str) -> Result<Vec<Piece>> {
        let listed: Vec<_> = self
            .objects
            .list(Some(&Path::from(staging(sha256))))
            .try_collect()
            .await?;
        let mut pieces = Vec::with_capacity(listed.len());
        for object in listed {
            let begin = object
                .location
                .filename()
                .and_then(|name| name.parse().ok());
            let begin = begin.ok_or_else(|| StoreError::corrupt("blobs", &object.location))?;
            pieces.push(Piece {
                place: object.location,
                begin,
                size: object.size,
            });
        }
        pieces.sort_by_key(|piece| piece.begin);
        let mut end = 0;
        pieces.retain(|piece| {
            let follows = piece.begin == end;
            end += if follows { piece.size } else { 0 };
            follows
        });
        Ok(pieces)
    }
}

fn staging(sha256: &str) -> String {
    format!("staging/{sha256}")
}
