//! Fingerprints of photos and signatures: made once, when the bytes are here, and looked up among
//! all that are known. Photos are decoded in the same bounded pool as thumbnails.

use domain::ids::Digest;
use domain::review::near::Pictures;
use domain::review::picture::{BITS, Fingerprint};
use domain::review::strokes::Drawing;
use store::{FingerprintRow, LookalikeRow, ReviewChange, ReviewState, Store, StoreError};

use super::Around;
use super::items::{self, Found, Likeness};
use super::look::sidecar;

/// Fingerprints read at a time.
const PAGE: usize = 5_000;
/// Most look-alikes that are kept of one photo or signature.
const NEAR_MAX: usize = 16;
/// Asked from the other side a turned picture may differ by some bits.
const SLACK_BITS: u32 = 8;
/// Most signatures that are kept in memory: 224 bytes each.
const DRAWINGS_MAX: usize = 500_000;

/// All fingerprints, in memory.
pub(super) struct Known {
    /// The state of the review at which they are complete.
    pub version: i64,
    pictures: Pictures,
    drawings: Vec<(Digest, Drawing)>,
}

impl Known {
    /// Reads them all; a million take some seconds.
    pub async fn load(store: &Store, version: i64) -> Result<Self, StoreError> {
        let mut known = Self {
            version,
            pictures: Pictures::default(),
            drawings: Vec::new(),
        };
        for sort in ["photo", "ink"] {
            let mut after = String::new();
            loop {
                let page = store.fingerprints_page(sort, &after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.name.clone();
                page.iter().for_each(|row| known.keep(row));
            }
        }
        let (pictures, bytes) = (known.pictures.len(), known.pictures.bytes());
        tracing::info!(
            pictures,
            bytes,
            drawings = known.drawings.len(),
            "fingerprints loaded"
        );
        Ok(known)
    }

    fn keep(&mut self, row: &FingerprintRow) {
        let Ok(name) = row.name.parse() else { return };
        let has_room = match row.sort.as_str() {
            "photo" => Fingerprint::parse(&row.text)
                .is_none_or(|print| self.pictures.add(name, print.upright())),
            _ => Drawing::parse(&row.text).is_none_or(|drawing| {
                let has_room = self.drawings.len() < DRAWINGS_MAX;
                if has_room {
                    self.drawings.push((name, drawing));
                }
                has_room
            }),
        };
        if !has_room {
            tracing::error!(
                sort = row.sort,
                "too many fingerprints: later ones are not compared with this one"
            );
        }
    }
}

/// Makes one wanted fingerprint; says no while its bytes are not here.
pub(super) async fn make(
    around: &Around,
    state: ReviewState,
    known: &mut Known,
    wanted: &FingerprintRow,
) -> Result<bool, StoreError> {
    let Ok(name) = wanted.name.parse::<Digest>() else {
        return Ok(false);
    };
    let made = match wanted.sort.as_str() {
        "photo" => photo(around, known, name).await?,
        _ => ink(around, known, name).await?,
    };
    let Some((text, lookalikes)) = made else {
        return Ok(false);
    };
    let state_name = if text.is_empty() { "none" } else { "known" };
    let row = FingerprintRow {
        state: state_name.to_owned(),
        text,
        ..wanted.clone()
    };
    let mut found = Found::default();
    for pair in &lookalikes {
        items::judge_new_pair(around, pair, &mut found).await?;
    }
    let change = ReviewChange {
        version: state.version,
        n: state.n,
        fingerprints: vec![row.clone()],
        lookalikes,
        gone: found.gone,
        reviews: found.reviews,
        ..ReviewChange::default()
    };
    around.store.change_reviews(change).await?;
    known.keep(&row);
    Ok(true)
}

type Made = Option<(String, Vec<LookalikeRow>)>;

async fn photo(around: &Around, known: &Known, name: Digest) -> Result<Made, StoreError> {
    let Some(bytes) = around.blobs.get(&name.to_string()).await? else {
        return Ok(None);
    };
    let Some(print) = around.thumbnails.fingerprint(name, bytes).await else {
        return Ok(Some((String::new(), Vec::new())));
    };
    let apart_max = around.policy.photo_apart_bits_max;
    let near = known
        .pictures
        .near(name, &print, (apart_max + SLACK_BITS).min(BITS), NEAR_MAX);
    let names: Vec<String> = near.iter().map(|near| near.photo.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut pairs = Vec::new();
    for row in around.store.fingerprints("photo", &names).await? {
        let (Ok(other), Some(other_print)) =
            (row.name.parse::<Digest>(), Fingerprint::parse(&row.text))
        else {
            continue;
        };
        let (apart_bits, laid) = print.alike(&other_print);
        if apart_bits <= apart_max {
            let laid = if name < other { laid } else { laid.inverse() };
            pairs.push(pair(
                "photo",
                name,
                other,
                Likeness::Photo { apart_bits, laid },
            )?);
        }
    }
    Ok(Some((print.text(), pairs)))
}

async fn ink(around: &Around, known: &Known, name: Digest) -> Result<Made, StoreError> {
    let rows = around.store.sidecars(&[&name.to_string()]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let drawn = sidecar(row).and_then(|sidecar| sidecar.ink().ok());
    let Some(drawing) = drawn.as_ref().and_then(Drawing::of) else {
        return Ok(Some((String::new(), Vec::new())));
    };
    let others = known.drawings.iter().filter(|(other, _)| *other != name);
    let mut near: Vec<(u32, Digest, &Drawing)> = others
        .map(|(other, drawn)| (drawing.shape.apart_permille(&drawn.shape), *other, drawn))
        .filter(|(apart, _, _)| *apart <= around.policy.ink_apart_permille_max)
        .collect();
    near.sort_unstable_by_key(|(apart, other, _)| (*apart, *other));
    near.truncate(NEAR_MAX);
    let pairs = near.into_iter().map(|(apart_permille, other, drawn)| {
        let is_same = drawn.points == drawing.points;
        let has_same_timing = is_same && drawn.timing == drawing.timing;
        pair(
            "ink",
            name,
            other,
            Likeness::Ink {
                apart_permille,
                is_same,
                has_same_timing,
            },
        )
    });
    Ok(Some((drawing.text(), pairs.collect::<Result<_, _>>()?)))
}

fn pair(
    sort: &str,
    one: Digest,
    other: Digest,
    likeness: Likeness,
) -> Result<LookalikeRow, StoreError> {
    let (first, second) = (one.min(other), one.max(other));
    Ok(LookalikeRow {
        sort: sort.to_owned(),
        first: first.to_string(),
        second: second.to_string(),
        doc: items::text(&likeness)?,
    })
}
