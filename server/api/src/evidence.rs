//! The bytes behind the hashes: uploading photos, whole or resumed. A photo's name is its hash,
//! so sending it twice is the same as sending it once, and nothing is believed but the bytes.

use bytes::Bytes;
use domain::actor::{Action, Subject};
use domain::ids::Digest;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, Object, OpenApi};
use store::{AppendOutcome, PutOutcome};

use crate::auth::{Session, SignedIn};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::photos::{Inspected, PHOTO_BYTES_MAX, inspect};
use crate::signer::sha256_hex;
use crate::state::SharedApp;

/// A photo that is on disk.
#[derive(Object)]
struct StoredDto {
    /// The hash of the bytes as the server has them.
    sha256: String,
    size: u64,
    width: u32,
    height: u32,
}

/// How much of a photo is here.
#[derive(ApiResponse)]
enum HaveDto {
    /// All of it.
    #[oai(status = 200)]
    All,
    /// The first `Upload-Offset` bytes; go on from there.
    #[oai(status = 204)]
    Part(#[oai(header = "Upload-Offset")] u64),
}

/// The answer to a piece.
#[derive(ApiResponse)]
enum PieceDto {
    /// The photo is complete and on disk.
    #[oai(status = 200)]
    Stored(Json<StoredDto>),
    /// Kept; the next piece starts at `Upload-Offset`. Also the answer to a piece that starts elsewhere.
    #[oai(status = 202)]
    Kept(#[oai(header = "Upload-Offset")] u64),
}

pub struct EvidenceApi(pub SharedApp);

#[OpenApi(prefix_path = "/evidence", tag = "Tag::Evidence")]
impl EvidenceApi {
    /// How much of a photo the server has
    #[oai(path = "/:sha256", method = "head", operation_id = "headPhoto")]
    async fn have(
        &self,
        SignedIn(session): SignedIn,
        sha256: Path<String>,
    ) -> Result<HaveDto, ApiError> {
        may_send(&session)?;
        let name = digest(&sha256)?.to_string();
        if self.0.blobs.stat(&name).await?.is_some() {
            return Ok(HaveDto::All);
        }
        match self.0.blobs.offset(&name).await? {
            Some(offset) => Ok(HaveDto::Part(offset)),
            None => Err(ApiError::not_found("照片", "photo", name)),
        }
    }

    /// Send a photo whole
    ///
    /// On disk when answered. The same bytes again are the same photo.
    #[oai(path = "/:sha256", method = "put", operation_id = "putPhoto")]
    async fn put(
        &self,
        SignedIn(session): SignedIn,
        sha256: Path<String>,
        body: Binary<Vec<u8>>,
    ) -> Result<Json<StoredDto>, ApiError> {
        may_send(&session)?;
        let name = digest(&sha256)?.to_string();
        self.keep(name, Bytes::from(body.0)).await.map(Json)
    }

    /// Send a piece of a photo
    ///
    /// Pieces follow each other without gap; the last one says `Upload-Complete: ?1`.
    #[oai(path = "/:sha256", method = "patch", operation_id = "patchPhoto")]
    async fn patch(
        &self,
        SignedIn(session): SignedIn,
        sha256: Path<String>,
        #[oai(name = "Upload-Offset")] offset: Header<u64>,
        #[oai(name = "Upload-Complete")] complete: Header<Option<String>>,
        body: Binary<Vec<u8>>,
    ) -> Result<PieceDto, ApiError> {
        may_send(&session)?;
        let name = digest(&sha256)?.to_string();
        if offset.0.saturating_add(body.0.len() as u64) > PHOTO_BYTES_MAX {
            return Err(ApiError::too_large(PHOTO_BYTES_MAX));
        }
        if self.0.blobs.stat(&name).await?.is_some() {
            return self.there(name).await;
        }
        match self
            .0
            .blobs
            .append(&name, offset.0, Bytes::from(body.0))
            .await?
        {
            AppendOutcome::WrongOffset { offset } => return Ok(PieceDto::Kept(offset)),
            AppendOutcome::Appended { offset } if complete.0.as_deref() != Some("?1") => {
                return Ok(PieceDto::Kept(offset));
            }
            AppendOutcome::Appended { .. } => {}
        }
        self.complete(name).await
    }
}

impl EvidenceApi {
    /// Looks at the photo, then keeps it. What is refused is kept aside with the reason, never thrown away.
    async fn keep(&self, name: String, bytes: Bytes) -> Result<StoredDto, ApiError> {
        let size = bytes.len() as u64;
        let inspected = inspect(&bytes);
        match &inspected {
            Err(problem) if sha256_hex(&bytes) == name => {
                let aside = self.0.blobs.set_aside(&name, bytes, &problem.code);
                aside.await?;
            }
            // Bytes that were spoiled under way are no fault of the photo: the phone sends them again.
            _ => {
                if let PutOutcome::WrongHash { found } = self.0.blobs.put(&name, bytes).await? {
                    return Err(wrong_hash(&name, &found));
                }
            }
        }
        Ok(stored(name, size, inspected?))
    }

    /// Pieces can be looked at only once they are together. They go in any case.
    async fn complete(&self, name: String) -> Result<PieceDto, ApiError> {
        let Some(bytes) = self.0.blobs.assembled(&name).await? else {
            // Another request with the same last piece was quicker.
            return match self.0.blobs.stat(&name).await? {
                Some(_) => self.there(name).await,
                None => Ok(PieceDto::Kept(0)),
            };
        };
        let outcome = self.keep(name.clone(), bytes).await;
        self.0.blobs.discard_pieces(&name).await?;
        outcome.map(|stored| PieceDto::Stored(Json(stored)))
    }

    /// The photo that lies complete under its name.
    async fn there(&self, name: String) -> Result<PieceDto, ApiError> {
        let absent = || ApiError::not_found("照片", "photo", &name);
        let bytes = self.0.blobs.get(&name).await?.ok_or_else(absent)?;
        let inspected = inspect(&bytes)?;
        Ok(PieceDto::Stored(Json(stored(
            name,
            bytes.len() as u64,
            inspected,
        ))))
    }
}

fn stored(sha256: String, size: u64, Inspected { width, height }: Inspected) -> StoredDto {
    StoredDto {
        sha256,
        size,
        width,
        height,
    }
}

fn may_send(session: &Session) -> Result<(), ApiError> {
    let own = Subject {
        technician: Some(session.actor.person.clone()),
        ..Subject::default()
    };
    session.must(Action::RecordWork, &own)
}

/// The hash in the address.
pub fn digest(text: &str) -> Result<Digest, ApiError> {
    text.parse().map_err(|_| {
        ApiError::bad_request(
            "bad_hash",
            "照片编号应为 64 位小写十六进制哈希。",
            "A photo is named by 64 lower-case hex digits.",
        )
    })
}

fn wrong_hash(claimed: &str, found: &str) -> ApiError {
    ApiError::unprocessable(
        "wrong_hash",
        format!(
            "收到的照片内容与其哈希 {} 不符，实际为 {}。文件已隔离保存，请重新发送。",
            &claimed[..8],
            &found[..8]
        ),
        format!(
            "The bytes do not match the hash {}; they hash to {}. They are kept apart; send the photo again.",
            &claimed[..8],
            &found[..8]
        ),
    )
}
