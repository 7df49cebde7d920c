//! What is worth a second look: things that mean nothing in one work order and something beside
//! others (recycled pictures, copied strokes, a person in two places), and a few that contradict
//! each other inside one. Nothing here is a verdict on anybody. A finding says what was seen, with
//! the facts behind it, and a person decides ([`decision`]).
//!
//! [`sighting`] takes apart a work order into what was seen, each under the [`Group`] it must be
//! compared in; [`rules`] looks at one group and says what it finds. A group is a set: the order
//! in which its sightings arrived makes no difference. [`picture`], [`near`] and [`strokes`] say
//! which pictures and signatures look alike, [`policy`] holds every number.

pub mod decision;
pub mod near;
pub mod picture;
pub mod policy;
pub mod rules;
pub mod sighting;
pub mod strokes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use self::picture::Laid;
pub use self::sighting::{Seen, Sighting};
use crate::ids::{Digest, District};
use crate::text::coded;

/// Most sightings that a finding lists; the count says how many there are.
pub const SIGHTINGS_MAX: usize = 24;
/// Most findings of one group: a run-away group must not bury all others.
pub const FINDINGS_MAX: usize = 20;

coded! {
    /// What was found.
    Kind {
        PhotoSame "photo_same"
            "同一张照片（文件逐字节相同）用于多个工单" "The same photo file, byte for byte, serves several work orders";
        PhotoNear "photo_near"
            "不同工单的两张照片高度相似，可能是旧照片重用；请人工比对" "Photos of two work orders look alike; an old one may have been used again. Compare them";
        InkSame "ink_same"
            "两次评价的手写签名笔画完全相同；手写不会逐点重复" "The drawn signatures of two evaluations are the same point for point; no hand does that";
        InkNear "ink_near"
            "两次评价的手写签名笔画几乎重合，可能是复制；请人工比对" "The drawn signatures of two evaluations nearly coincide; one may be a copy. Compare them";
        ImpossibleTravel "impossible_travel"
            "同一人两次签到之间的路程，在可证明的时间内不可能走完" "The way between two check-ins of one person cannot be made in the time that is proved";
        SameFix "same_fix"
            "多次到场的定位坐标完全相同；真实定位每次都会有差异" "Several visits have the very same position; real positions differ every time";
        OnePhoneManyPeople "one_phone_many_people"
            "同一部手机的同一次应用会话中，有多人以各自名义操作" "Several people acted in their own names within one session of one phone";
        ManyPhones "many_phones"
            "同一人在短时间内交替使用多部手机签到" "One person checked in with several phones by turns within a short time";
        SignerManyNames "signer_many_names"
            "同一个签收人电话对应多个不同姓名" "One phone number of a signer goes with several different names";
        SignerIsTechnician "signer_is_technician"
            "签收人填写的电话是登记在册的运维人员的电话" "The signer's phone number is the registered number of a technician";
        LateProof "late_proof"
            "该人员的签到多数在很久之后才得到证明，形成规律" "Most check-ins of this person are proved only long afterwards; that is a pattern";
        ClockJump "clock_jump"
            "手机时钟在时限截止前后不久发生跳变" "The phone's clock jumped shortly before a deadline";
        PresenceContradicted "presence_contradicted_review"
            "签到自身的依据指向另一台终端" "The check-in's own evidence names another terminal";
        CoordinatesSuspect "coordinates_suspect"
            "多部手机在此终端的定位，都与登记坐标相差一个国内地图偏移（GCJ-02）；登记坐标可能取自国内地图，请重新测量本点位坐标" "The positions of several phones at this terminal lie one GCJ-02 offset from where it is registered; its coordinates may have been taken from a Chinese map. Survey this place again";
        ExifTime "exif_time"
            "照片文件自带的拍摄时间，与可证明的时间区间不符（仅供参考）" "The time inside the photo file lies outside of what is proved (a hint only)";
        ExifPlace "exif_place"
            "照片文件自带的位置，离终端很远（仅供参考）" "The place inside the photo file is far from the terminal (a hint only)";
    }
}

coded! {
    /// A number behind a finding; the end of its name is its unit.
    Measure {
        ApartBits "apart_bits"
            "相差位数（共 256 位，越小越像）" "Bits that differ, of 256; fewer is more alike";
        ApartPermille "apart_permille"
            "笔迹平均偏差（与字迹大小之比）" "Average distance of the strokes, relative to their size";
        SameTiming "same_timing"
            "笔画的时间节奏也完全相同" "The rhythm of the strokes is the same as well";
        WorkOrders "work_orders"
            "涉及工单数" "Work orders concerned";
        Visits "visits"
            "涉及到场次数" "Visits concerned";
        People "people"
            "涉及人数" "People concerned";
        Phones "phones"
            "涉及手机数" "Phones concerned";
        Names "names"
            "不同姓名数" "Different names";
        DistanceCm "distance_cm"
            "两点间最短距离" "Shortest distance between the two places";
        LongestMs "longest_ms"
            "可证明的最长间隔" "Longest time that the proof allows";
        SpeedKmH "speed_km_h"
            "至少需要的时速" "Speed that would be needed at least";
        LateVisits "late_visits"
            "迟证次数" "Visits proved late";
        LatePercent "late_percent"
            "迟证比例" "Share proved late";
        DeltaMs "delta_ms"
            "时钟跳变量" "How far the clock jumped";
        BeforeMs "before_ms"
            "距时限截止" "Before the deadline";
        ApartMs "apart_ms"
            "与可证明区间相差" "Away from the proved interval";
        AwayCm "away_cm"
            "离终端的距离" "Distance from the terminal";
        CorrectedCm "corrected_cm"
            "登记坐标按 GCJ-02 换算后的距离（最大）" "Distance once the registered coordinates are read as GCJ-02 (longest)";
    }
}

/// How much a finding says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The fact itself is certain; what it means is still for a person to say.
    Certain,
    /// May have an honest reason.
    Possible,
    /// A hint beside others.
    Note,
}

impl Kind {
    /// How much it says by itself.
    pub fn weight(self) -> Weight {
        match self {
            Kind::PhotoSame | Kind::InkSame | Kind::OnePhoneManyPeople => Weight::Certain,
            Kind::ExifTime | Kind::ExifPlace | Kind::LateProof | Kind::ClockJump => Weight::Note,
            _ => Weight::Possible,
        }
    }
}

/// What sightings must be compared in: `person/P-0012`, `photo/ab…`. Two sightings of one group
/// have that much in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Group(pub String);

impl Group {
    /// A group of this sort.
    pub fn new(sort: &str, name: impl fmt::Display) -> Self {
        Self(format!("{sort}/{name}"))
    }

    /// The pair of two photos or signatures, whichever was seen first.
    pub fn pair(sort: &str, one: Digest, other: Digest) -> Self {
        let (first, second) = if one <= other {
            (one, other)
        } else {
            (other, one)
        };
        Self(format!("{sort}_pair/{first}/{second}"))
    }
}

/// Something worth a second look, with all that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub kind: Kind,
    /// What this one is about within its kind; with the kind it is the finding's name.
    pub about: String,
    pub measures: BTreeMap<Measure, i64>,
    /// How the second picture lies against the first.
    pub laid: Option<Laid>,
    /// In order of their work orders, at most [`SIGHTINGS_MAX`].
    pub sightings: Vec<Sighting>,
}

impl Finding {
    /// A name that stays when more is seen of the same.
    pub fn id(&self) -> String {
        let name = format!("review\n{}\n{}", self.kind.code(), self.about);
        let hash: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        Digest(hash).to_string()[..32].to_owned()
    }

    /// What a decision refers to: the whole finding as it was shown.
    pub fn digest(&self) -> Digest {
        let text = serde_json::to_string(self).unwrap_or_default();
        Digest(Sha256::digest(text.as_bytes()).into())
    }

    /// The work orders, each once.
    pub fn work_orders(&self) -> Vec<&str> {
        let mut work_orders: Vec<&str> =
            self.sightings.iter().map(|seen| seen.wo.as_str()).collect();
        work_orders.sort_unstable();
        work_orders.dedup();
        work_orders
    }

    /// The one district that all of it lies in; none if it reaches over several. What reaches over
    /// several districts is for those to see who may see all of them.
    pub fn district(&self) -> Option<&District> {
        let first = &self.sightings.first()?.district;
        self.sightings
            .iter()
            .all(|seen| seen.district == *first)
            .then_some(first)
    }
}
