//! The site manager's evaluation with the handwriting drawn from its strokes, and the plain word
//! that this is a confirmation on site and no reliable electronic signature.

use domain::canonical::digest_of;
use domain::sidecar::Ink;
use domain::work_order::{Evaluation, Said};

use crate::figures;
use crate::input::{Evidence, Kept};
use crate::mark::{AMBER, Area, GREEN, INK, LINE, Mark, Pen, RED, SOFT, Shape, Style, WHITE};
use crate::paper::{BODY, MARGIN, Paper, SMALL};
use crate::table::Cell;
use crate::words;
use crate::work::{FORM, label, value};

pub const NOT_RELIABLE: &str = "本签名为现场确认签收：由现场设备管理人员在技术员的手机上手写，按笔画和时间记录并与其所见内容的哈希绑定。它不是《中华人民共和国电子签名法》第十三条所称的可靠电子签名。";

pub const NOT_RELIABLE_ELSEWHERE: &str = "本签名在评价人自己的手机上手写，经链接提交，由服务器登记并签名，与其所见内容的哈希绑定。它不是《中华人民共和国电子签名法》第十三条所称的可靠电子签名，也不证明签名人的身份和所在位置。";

pub fn draw(paper: &mut Paper, evidence: &Evidence) {
    paper.chapter("运维评价与现场确认签收", 200.0);
    let evaluations = &evidence.work_order.evaluations;
    if evaluations.is_empty() {
        paper.paragraph("现场设备管理人员还没有评价。", BODY);
        return;
    }
    let in_force = evidence
        .work_order
        .evaluation_in_force()
        .map(|said| said.at.event);
    for said in evaluations.iter().rev() {
        if in_force != Some(said.at.event) {
            paper.heading("更早的评价（其后处理情况有变化，保留）", 180.0);
        }
        evaluation(paper, evidence, said);
    }
}

fn evaluation(paper: &mut Paper, evidence: &Evidence, said: &Said<Evaluation>) {
    let what = &said.what;
    paper.need(30.0);
    stars(paper, MARGIN, paper.y, what.stars, 9.0);
    let (word, color) = if what.resolved {
        ("已解决", GREEN)
    } else {
        ("未解决，须再次服务", RED)
    };
    let x = MARGIN + 5.0 * 22.0 + 6.0;
    let score = format!("{} 星（满分 5 星）", what.stars);
    paper.put(Mark::text(
        x,
        paper.y + 12.0,
        Style::new(11.0).bold(),
        &score,
    ));
    let x = x + Style::new(11.0).width(&score) + 14.0;
    paper.put(Mark::text(
        x,
        paper.y + 12.0,
        Style::new(11.0).bold().color(color),
        word,
    ));
    paper.skip(26.0);
    let tags = if what.tags.is_empty() {
        "—".to_owned()
    } else {
        what.tags.join("、")
    };
    let remark = if what.remark.is_empty() {
        "—".to_owned()
    } else {
        what.remark.clone()
    };
    FORM.draw(
        paper,
        vec![
            vec![label("签收人"), signer(evidence, what)],
            vec![label("所见内容"), shown(what)],
            vec![label("评价来源"), source(evidence, what)],
            vec![label("选项"), value(tags)],
            vec![label("意见"), value(remark)],
            vec![
                label("签收时间"),
                value(figures::span(said.at.bounds.b)).and(claimed(said), SMALL),
            ],
        ],
    );
    let tall = 112.0;
    paper.need(tall + 40.0);
    let area = Area {
        x: MARGIN,
        y: paper.y,
        w: 250.0,
        h: tall,
    };
    for mark in signature(evidence, what, area) {
        paper.put(mark);
    }
    let (x, width) = (MARGIN + 264.0, 229.0);
    let below = paper.y + tall;
    let not_reliable = match what.source() {
        None => NOT_RELIABLE,
        Some(_) => NOT_RELIABLE_ELSEWHERE,
    };
    paper.text(not_reliable, Style::new(8.5).bold().color(AMBER), x, width);
    paper.skip(3.0);
    paper.text("笔迹承诺值 SHA-256", Style::new(7.5).color(SOFT), x, width);
    paper.text(&what.ink_c.to_string(), Style::new(6.5).mono(), x, width);
    paper.y = paper.y.max(below) + 8.0;
}

/// Whose signature the evaluation has, and who handed out the link if it is the server's.
fn source(evidence: &Evidence, what: &Evaluation) -> Cell {
    let Some(source) = what.source() else {
        return value("在技术员的手机上签收，由该手机的密钥签名".to_owned());
    };
    let made = what.link.and_then(|link| evidence.work_order.link(link));
    let by = made.map_or_else(
        || "没有找到对应的评价链接，须查明".to_owned(),
        |made| {
            let at = figures::instant(made.at.wall);
            format!(
                "链接由 {} 于 {at} 生成，只能使用一次",
                evidence.name(&made.by)
            )
        },
    );
    value(words::said(source.code())).and(by, SMALL)
}

fn claimed(said: &Said<Evaluation>) -> String {
    let at = figures::instant(said.at.wall);
    match said.what.source() {
        None => format!("手机自称 {at}"),
        Some(_) => format!("服务器收到 {at}"),
    }
}

/// Whether the summary is what the signature is bound to.
fn shown(what: &Evaluation) -> Cell {
    let is_bound = digest_of(&what.summary).is_ok_and(|digest| digest == what.shown);
    let (word, color) = if is_bound {
        ("与签名绑定的哈希一致", GREEN)
    } else {
        ("与签名绑定的哈希不符，须查明", RED)
    };
    let photos = what.summary.photos.len();
    value(format!("签收时显示的处理情况，含照片 {photos} 张；"))
        .and(word, BODY.color(color))
        .and(what.shown.to_string(), Style::new(7.0).mono())
}

/// Who signed, with the number hidden but for its ends.
fn signer(evidence: &Evidence, what: &Evaluation) -> Cell {
    let registered = match &what.signer_person {
        Some(person) => format!("登记的现场设备管理人员 {person}"),
        None => "不在登记的现场设备管理人员之列".to_owned(),
    };
    let name = match evidence.contact(what.signer_c) {
        Kept::Here(contact) => format!("{}，电话 {}", contact.name, masked(&contact.phone)),
        Kept::Erased => "姓名和电话已依法删除".to_owned(),
        Kept::Absent => "姓名和电话未在服务器上".to_owned(),
        Kept::Spoilt => "姓名和电话与承诺值不符，须查明".to_owned(),
    };
    value(format!("{}，{name}", what.unit)).and(registered, SMALL)
}

fn masked(phone: &str) -> String {
    let letters: Vec<char> = phone.chars().collect();
    let is_long = letters.len() >= 8;
    letters
        .iter()
        .enumerate()
        .map(|(at, letter)| {
            if is_long && (at < 3 || at + 4 >= letters.len()) {
                *letter
            } else {
                '*'
            }
        })
        .collect()
}

/// Stars as figures; the number stands beside them in words.
pub fn stars(paper: &mut Paper, x: f32, y: f32, count: u8, r: f32) {
    const POINTS: [(f32, f32); 10] = [
        (0.0, -1.0),
        (0.2245, -0.309),
        (0.9511, -0.309),
        (0.3633, 0.118),
        (0.5878, 0.809),
        (0.0, 0.382),
        (-0.5878, 0.809),
        (-0.3633, 0.118),
        (-0.9511, -0.309),
        (-0.2245, -0.309),
    ];
    for star in 0..5u8 {
        let (cx, cy) = (x + r + f32::from(star) * r * 2.3, y + r);
        let points = POINTS
            .iter()
            .map(|(dx, dy)| (cx + dx * r, cy + dy * r))
            .collect();
        let shape = Shape::Path {
            points,
            closed: true,
        };
        paper.put(if star < count {
            Mark::filled(shape, crate::mark::Color(0xd1, 0x8b, 0x00))
        } else {
            Mark::drawn(shape, Pen::new(LINE, 0.9))
        });
    }
}

/// The handwriting in its box, or what became of it.
pub fn signature(evidence: &Evidence, what: &Evaluation, area: Area) -> Vec<Mark> {
    let mut marks = vec![
        Mark::filled(Shape::Box(area), WHITE),
        Mark::drawn(Shape::Box(area), Pen::new(LINE, 0.8)),
    ];
    let note = match evidence.ink(what.ink_c) {
        Kept::Here(ink) => {
            marks.push(Mark::Within {
                area,
                marks: strokes(&ink, area),
            });
            return marks;
        }
        Kept::Erased => "手写签名已依法删除，承诺值仍在",
        Kept::Absent => "手写签名未在服务器上",
        Kept::Spoilt => "笔迹与签名时的承诺值不符，须查明",
    };
    marks.push(Mark::centred(
        area.x + area.w / 2.0,
        area.y + area.h / 2.0 + 3.0,
        BODY.color(SOFT),
        note,
    ));
    marks
}

fn strokes(ink: &Ink, area: Area) -> Vec<Mark> {
    let pad = 6.0;
    let (width, height) = (ink.width.max(1) as f32, ink.height.max(1) as f32);
    let scale = ((area.w - 2.0 * pad) / width).min((area.h - 2.0 * pad) / height);
    let left = area.x + (area.w - width * scale) / 2.0;
    let top = area.y + (area.h - height * scale) / 2.0;
    ink.strokes
        .iter()
        .filter(|stroke| !stroke.is_empty())
        .map(|stroke| {
            let mut points: Vec<(f32, f32)> = stroke
                .iter()
                .map(|point| (left + point.x as f32 * scale, top + point.y as f32 * scale))
                .collect();
            if let [(x, y)] = points[..] {
                points.push((x + 0.1, y));
            }
            Mark::drawn(
                Shape::Path {
                    points,
                    closed: false,
                },
                Pen::new(INK, 1.5),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_show_their_ends_only() {
        assert_eq!(masked("13900000031"), "139****0031");
        assert_eq!(masked("110"), "***");
    }
}
