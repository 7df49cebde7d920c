//! From groups to the rows of the review list: what the rules find in a group now, beside what was
//! found in it before. A finding keeps its name while it grows; one that nobody has decided on goes
//! with its facts, one that somebody has stays and says that the facts no longer hold.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::Digest;
use domain::review::decision::Outcome;
use domain::review::rules::{InkPair, PicturePair, findings, ink_pair, photo_pair};
use domain::review::{Finding, Group, Laid, Sighting};
use serde::{Deserialize, Serialize};
use store::{LookalikeRow, ReviewRow, SightingRow, StoreError};

use super::Around;

/// Most sightings of one group that are compared: years of one person's visits.
const SIGHTINGS_MAX: usize = 1_000;

/// What was seen in the work orders of this step, which the store does not have yet.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    by_work_order: BTreeMap<String, Vec<(Group, Sighting)>>,
}

impl Overlay {
    pub fn replace(&mut self, wo: &str, seen: Vec<(Group, Sighting)>) {
        self.by_work_order.insert(wo.to_owned(), seen);
    }

    pub fn by_work_order(&self) -> impl Iterator<Item = (&String, &Vec<(Group, Sighting)>)> {
        self.by_work_order.iter()
    }

    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.by_work_order
            .values()
            .flatten()
            .map(|(group, _)| group)
    }

    pub fn sightings(&self) -> impl Iterator<Item = &Sighting> {
        self.by_work_order.values().flatten().map(|(_, seen)| seen)
    }

    /// A group as it will be.
    async fn group(&self, around: &Around, group: &Group) -> Result<Vec<Sighting>, StoreError> {
        let stored = around
            .store
            .sightings_of_group(&group.0, SIGHTINGS_MAX)
            .await?;
        let others = stored
            .iter()
            .filter(|row| !self.by_work_order.contains_key(&row.wo));
        let mut all = others.map(read).collect::<Result<Vec<_>, _>>()?;
        let new = self
            .by_work_order
            .values()
            .flatten()
            .filter(|(of, _)| of == group);
        all.extend(new.map(|(_, seen)| seen.clone()));
        Ok(all)
    }
}

/// How alike two photos or two signatures are, as it is stored.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(tag = "sort", rename_all = "snake_case")]
pub(super) enum Likeness {
    Photo {
        apart_bits: u32,
        laid: Laid,
    },
    Ink {
        apart_permille: u32,
        is_same: bool,
        has_same_timing: bool,
    },
}

/// The group of a pair.
pub(super) fn pair_group(pair: &LookalikeRow) -> Group {
    Group(format!("{}_pair/{}/{}", pair.sort, pair.first, pair.second))
}

/// Rows to write, and names of rows to drop.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub reviews: Vec<ReviewRow>,
    pub gone: Vec<String>,
}

/// Judges these groups as they will be with the overlay.
pub(super) async fn judge(
    around: &Around,
    overlay: &Overlay,
    groups: &BTreeSet<Group>,
) -> Result<Found, StoreError> {
    let mut all = Found::default();
    for group in groups {
        let found = match group.0.split_once("_pair/") {
            Some((sort, names)) => pair(around, overlay, sort, names)
                .await?
                .into_iter()
                .collect(),
            None => findings(group, &overlay.group(around, group).await?, &around.policy),
        };
        merge(around, group, found, &mut all).await?;
    }
    Ok(all)
}

/// Judges one pair that is not in the store yet.
pub(super) async fn judge_new_pair(
    around: &Around,
    row: &LookalikeRow,
    all: &mut Found,
) -> Result<(), StoreError> {
    let found = judge_pair(around, &Overlay::default(), row).await?;
    merge(around, &pair_group(row), found.into_iter().collect(), all).await
}

async fn pair(
    around: &Around,
    overlay: &Overlay,
    sort: &str,
    names: &str,
) -> Result<Option<Finding>, StoreError> {
    let Some((first, second)) = names.split_once('/') else {
        return Ok(None);
    };
    let pairs = around.store.lookalikes_of(first).await?;
    match pairs
        .iter()
        .find(|pair| pair.sort == sort && pair.first == first && pair.second == second)
    {
        Some(row) => judge_pair(around, overlay, row).await,
        None => Ok(None),
    }
}

async fn judge_pair(
    around: &Around,
    overlay: &Overlay,
    row: &LookalikeRow,
) -> Result<Option<Finding>, StoreError> {
    let corrupt = || StoreError::Corrupt {
        table: "lookalike",
        detail: format!("{}/{}", row.first, row.second),
    };
    let likeness: Likeness = serde_json::from_str(&row.doc).map_err(|_| corrupt())?;
    let name = |text: &str| text.parse::<Digest>().map_err(|_| corrupt());
    let (first, second) = (name(&row.first)?, name(&row.second)?);
    let one = overlay.group(around, &Group::new(&row.sort, first)).await?;
    let other = overlay
        .group(around, &Group::new(&row.sort, second))
        .await?;
    Ok(match likeness {
        Likeness::Photo { apart_bits, laid } => photo_pair(
            &PicturePair {
                first,
                second,
                apart_bits,
                laid,
            },
            &one,
            &other,
            &around.policy,
        ),
        Likeness::Ink {
            apart_permille,
            is_same,
            has_same_timing,
        } => ink_pair(
            &InkPair {
                first,
                second,
                apart_permille,
                is_same,
                has_same_timing,
            },
            &one,
            &other,
            &around.policy,
        ),
    })
}

async fn merge(
    around: &Around,
    group: &Group,
    found: Vec<Finding>,
    all: &mut Found,
) -> Result<(), StoreError> {
    let before = around.store.reviews_of_group(&group.0).await?;
    let mut before: BTreeMap<String, ReviewRow> = before
        .into_iter()
        .map(|row| (row.id.clone(), row))
        .collect();
    for finding in found {
        let id = finding.id();
        let known = before.remove(&id);
        let row = match &known {
            Some(known) => row(
                group,
                &finding,
                known.outcome.clone(),
                known.decided_digest.clone(),
            )?,
            // Made again after the list was forgotten, it finds its decisions.
            None => {
                let last = around.store.review_decisions(&id).await?.pop();
                let (outcome, shown) = last.map(|last| (last.outcome, last.shown)).unzip();
                row(group, &finding, outcome, shown)?
            }
        };
        if known.as_ref() != Some(&row) {
            all.reviews.push(row);
        }
    }
    for row in before.into_values() {
        match row.outcome {
            None => all.gone.push(row.id),
            Some(_) if !row.holds => {}
            Some(_) => all.reviews.push(ReviewRow {
                holds: false,
                open: false,
                ..row
            }),
        }
    }
    Ok(())
}

fn row(
    group: &Group,
    finding: &Finding,
    outcome: Option<String>,
    shown: Option<String>,
) -> Result<ReviewRow, StoreError> {
    let (id, digest) = (finding.id(), finding.digest().to_string());
    let at = finding
        .sightings
        .iter()
        .map(|seen| seen.proved.map_or(seen.claimed, |proved| proved.latest).0);
    let at = at.max().unwrap_or(0).max(0);
    Ok(ReviewRow {
        kind: finding.kind.code().to_owned(),
        group_name: group.0.clone(),
        district: finding.district().map(ToString::to_string),
        open: is_open(outcome.as_deref(), shown.as_deref() == Some(&digest)),
        holds: true,
        place: format!("{at:016}-{id}"),
        doc: text(finding)?,
        work_orders: finding
            .work_orders()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        outcome,
        decided_digest: shown,
        id,
        digest,
    })
}

/// Whether somebody still has to look: nobody has, follow-up was asked for, or there is more to see
/// than what was decided on.
pub(super) fn is_open(outcome: Option<&str>, is_what_was_shown: bool) -> bool {
    match outcome {
        None => true,
        Some(outcome) => outcome == Outcome::FollowUp.code() || !is_what_was_shown,
    }
}

/// As the store keeps it.
pub(super) fn text<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))
}

fn read(row: &SightingRow) -> Result<Sighting, StoreError> {
    serde_json::from_str(&row.doc).map_err(|error| StoreError::Corrupt {
        table: "sighting",
        detail: format!("{}: {error}", row.wo),
    })
}
