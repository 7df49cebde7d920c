//! The evidence bundle of a work order: one file that proves what it proves without this server
//! (`docs/bundle.md`). [`gather`] collects what goes in, [`stretch`] decides how much of a phone's
//! chain that is, [`proofs`] adds what the log proves of it, [`seal`] states the verdict and signs the list; this module answers the request and
//! sends photo by photo, so that the size of a bundle is no matter of memory.

mod gather;
mod proofs;
mod seal;
mod stretch;
pub mod trust;

use bytes::Bytes;
use domain::actor::Action;
use futures_util::{StreamExt, stream};
use poem::Body;
use poem_openapi::param::Path;
use poem_openapi::payload::Binary;
use poem_openapi::{ApiResponse, OpenApi};

use self::seal::Piece;
use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::state::SharedApp;
use crate::work_orders::{find, read};

/// A bundle.
#[derive(ApiResponse)]
enum BundleDto {
    /// `evidence-….zip`
    #[oai(status = 200, content_type = "application/zip")]
    Zip(
        Binary<Body>,
        #[oai(header = "Content-Disposition")] String,
        #[oai(header = "Content-Length")] u64,
        #[oai(header = "Cache-Control")] String,
    ),
}

pub struct BundleApi(pub SharedApp);

#[OpenApi(prefix_path = "/work-orders", tag = "Tag::WorkOrders")]
impl BundleApi {
    /// The evidence of a work order as one file that verifies offline
    #[oai(path = "/:id/bundle", method = "get", operation_id = "getBundle")]
    async fn bundle(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<BundleDto, ApiError> {
        let row = find(&self.0, &session, &id, Action::ReadEvidence).await?;
        let gathered = gather::gather(&self.0, &read(&row)?).await?;
        let pieces = seal::seal(&self.0, gathered).await?;
        // Positions and handwriting leave the house: who took them is part of the server's record.
        tracing::info!(person = %session.actor.person, work_order = %row.id, "evidence bundle was exported");
        let size = pieces.iter().map(Piece::size).sum();
        Ok(BundleDto::Zip(
            Binary(body(&self.0, pieces)),
            format!("attachment; filename=\"evidence-{}.zip\"", row.id),
            size,
            "private, no-store".to_owned(),
        ))
    }
}

fn body(app: &SharedApp, pieces: Vec<Piece>) -> Body {
    let app = SharedApp::clone(app);
    Body::from_bytes_stream(stream::iter(pieces).then(move |piece| {
        let app = SharedApp::clone(&app);
        async move {
            match piece {
                Piece::Bytes(bytes) => Ok(Bytes::from(bytes)),
                Piece::Photo { sha256, .. } => {
                    let bytes = app
                        .blobs
                        .get(&sha256)
                        .await
                        .map_err(std::io::Error::other)?;
                    bytes.ok_or_else(|| std::io::Error::other("the photo is gone"))
                }
            }
        }
    }))
}
