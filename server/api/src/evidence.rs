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
use crate::state::SharedApp;

/// Marks complete bytes that are no photo; holds the code.
const REFUSED: &str = "refused";

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
            let is_refused = self.0.blobs.derived(&name, REFUSED).await?.is_some();
            let absent = || ApiError::not_found("照片", "photo", &name);
            return if is_refused {
                Err(absent())
            } else {
                Ok(HaveDto::All)
            };
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
        let bytes = Bytes::from(body.0);
        let size = bytes.len() as u64;
        let inspected = self.at_the_door(&name, &bytes).await?;
        match self.0.blobs.put(&name, bytes).await? {
            PutOutcome::Stored | PutOutcome::AlreadyThere => {
                self.0.reviews.photo_arrived();
                Ok(Json(StoredDto {
                    sha256: name,
                    size,
                    width: inspected.width,
                    height: inspected.height,
                }))
            }
            PutOutcome::WrongHash { found } => Err(wrong_hash(&name, &found)),
        }
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
            return self.stored(name).await.map(PieceDto::Stored);
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
        match self.0.blobs.finish(&name).await? {
            PutOutcome::Stored | PutOutcome::AlreadyThere => {
                self.0.reviews.photo_arrived();
                self.stored(name).await.map(PieceDto::Stored)
            }
            PutOutcome::WrongHash { found } => Err(wrong_hash(&name, &found)),
        }
    }
}

impl EvidenceApi {
    /// Looks at the photo; what is refused is kept aside with the reason, never thrown away.
    async fn at_the_door(&self, name: &str, bytes: &Bytes) -> Result<Inspected, ApiError> {
        match inspect(bytes) {
            Ok(inspected) => Ok(inspected),
            Err(problem) => {
                let aside = self.0.blobs.set_aside(name, bytes.clone(), &problem.code);
                aside.await?;
                Err(problem)
            }
        }
    }

    /// The photo that lies complete under its name. Pieces can be looked at only once they are
    /// together: bytes that then turn out to be no photo are remembered as refused.
    async fn stored(&self, name: String) -> Result<Json<StoredDto>, ApiError> {
        let bytes = self
            .0
            .blobs
            .get(&name)
            .await?
            .ok_or_else(|| ApiError::not_found("照片", "photo", &name))?;
        let inspected = match self.at_the_door(&name, &bytes).await {
            Ok(inspected) => inspected,
            Err(problem) => {
                let code = Bytes::copy_from_slice(problem.code.as_bytes());
                self.0.blobs.put_derived(&name, REFUSED, code).await?;
                return Err(problem);
            }
        };
        let size = bytes.len() as u64;
        Ok(Json(StoredDto {
            sha256: name,
            size,
            width: inspected.width,
            height: inspected.height,
        }))
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
