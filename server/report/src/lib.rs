//! The two documents of a work order, from plain facts to the bytes of a PDF/A: the evidence
//! report 运维工单证据报告 and the service sheet 运维工单. Pure: no clock, no network, no file, no
//! database; the same input gives the same bytes on every machine.
//!
//! Nothing is judged here. Verdicts, points and reasons come from [`domain`]; this crate gives them
//! a place on the page and words. What looks like a proof is checked again where it can be: hashes
//! of photos, commitments of sidecars, the digest of what the signer was shown.
//!
//! Read [`input`] first, then [`paper`] and [`table`], which know when a page is full, then the
//! chapters in the order of the report.

mod chart;
mod evaluation;
mod figures;
mod font;
mod grades;
mod input;
mod limits;
mod map;
mod mark;
mod paper;
mod particulars;
mod photos;
mod picture;
mod presence;
mod readings;
mod sheet;
mod table;
mod timeline;
mod verdict;
mod verify;
mod words;
mod work;
mod wrap;
mod write;

use std::fmt;

pub use input::{Evidence, Kept, SecondSignatures};
pub use picture::{Unreadable, marked};

use paper::Paper;
use photos::Album;
use write::About;

/// Why no document could be made. It is never the evidence's fault: a photo that cannot be read
/// becomes a named gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed(pub(crate) String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the document could not be written: {}", self.0)
    }
}

impl std::error::Error for Failed {}

/// The evidence report 运维工单证据报告.
///
/// # Errors
/// When the writer finds the file not to be PDF/A; that is a fault of this crate.
pub fn evidence_report(evidence: &Evidence) -> Result<Vec<u8>, Failed> {
    let mut paper = Paper::new();
    verdict::first_page(&mut paper, evidence);
    chart::draw(&mut paper, evidence);
    timeline::draw(&mut paper, evidence);
    presence::draw(&mut paper, evidence);
    work::draw(&mut paper, evidence);
    evaluation::draw(&mut paper, evidence);
    let album = Album::of(evidence, photos::SIDE_PX);
    photos::draw(&mut paper, evidence, &album);
    limits::draw(&mut paper, evidence, &album);
    verify::draw(&mut paper, evidence);
    finished(paper, evidence, "运维工单证据报告")
}

/// The service sheet 运维工单, to be printed.
///
/// # Errors
/// As [`evidence_report`].
pub fn service_sheet(evidence: &Evidence) -> Result<Vec<u8>, Failed> {
    let mut paper = Paper::new();
    sheet::draw(&mut paper, evidence);
    finished(paper, evidence, "运维工单")
}

fn finished(paper: Paper, evidence: &Evidence, kind: &str) -> Result<Vec<u8>, Failed> {
    let id = &evidence.work_order.id;
    let footer = format!(
        "{kind} · 数据截至 {}（北京时间）",
        figures::instant(evidence.as_of)
    );
    let paper = paper.finish(&format!("运维工单 {id}"), &footer);
    let about = About {
        title: format!("{kind} {id}"),
        subject: format!("{} {}", evidence.site.name, evidence.work_order.terminal),
        as_of: evidence.as_of,
    };
    write::pdf(paper, &about)
}
