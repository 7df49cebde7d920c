//! The lower half of the sheet: small photos by hash, stars and handwriting.

use super::{NOTE, TEXT, title};
use crate::evaluation::{signature, stars};
use crate::figures;
use crate::input::Evidence;
use crate::mark::{AMBER, Area, INK, LINE, Mark, PALE, Pen, Shape, Style};
use crate::paper::{INNER, MARGIN, Paper};
use crate::photos::{Album, Shown, fitted};
use crate::words;

/// Longest side of a small picture in the file, pixels.
const SIDE_PX: u32 = 480;
const COLUMNS: usize = 7;

pub fn photos(paper: &mut Paper, evidence: &Evidence) {
    let photos = evidence.photos_in_order();
    if photos.is_empty() {
        return;
    }
    let album = Album::of(evidence, SIDE_PX);
    let gap = 7.0;
    let width = (INNER - gap * (COLUMNS - 1) as f32) / COLUMNS as f32;
    let height = width * 0.78;
    title(
        paper,
        &format!("照片（{} 张）", photos.len()),
        height + 24.0,
    );
    for row in photos.chunks(COLUMNS) {
        paper.need(height + 24.0);
        for (column, photo) in row.iter().enumerate() {
            let frame = Area {
                x: MARGIN + column as f32 * (width + gap),
                y: paper.y,
                w: width,
                h: height,
            };
            paper.put(Mark::filled(Shape::Box(frame), PALE));
            match album.get(&photo.what.sha256) {
                Shown::Picture {
                    image,
                    width,
                    height,
                } => {
                    let area = fitted(frame, *width, *height);
                    paper.put(Mark::Picture {
                        area,
                        image: image.clone(),
                    });
                }
                Shown::Missing(_) => {
                    paper.put(Mark::centred(
                        frame.x + width / 2.0,
                        frame.y + height / 2.0,
                        NOTE,
                        "未显示",
                    ));
                }
            }
            paper.put(Mark::drawn(Shape::Box(frame), Pen::new(LINE, 0.5)));
            let text = format!(
                "{}  {}",
                words::slot(photo.what.slot),
                figures::short(&photo.what.sha256)
            );
            paper.put(Mark::text(frame.x, frame.y + height + 9.0, NOTE, text));
        }
        paper.skip(height + 16.0);
    }
}

pub fn evaluation(paper: &mut Paper, evidence: &Evidence) {
    let tall = 84.0;
    title(paper, "运维评价与现场确认签收", tall + 40.0);
    let Some(said) = evidence.work_order.evaluation_in_force() else {
        let lines = [
            "评价：□ 5 星  □ 4 星  □ 3 星  □ 2 星  □ 1 星    □ 已解决  □ 未解决",
            "意见：",
            "现场设备管理人员签名：                                单位：                                日期：",
        ];
        paper.paragraph("系统中还没有对现状的评价；可在纸上填写后补录。", NOTE);
        for line in lines {
            paper.skip(4.0);
            paper.paragraph(line, TEXT);
        }
        return;
    };
    let what = &said.what;
    let (whose, said_of_it) = match what.source() {
        None => (
            "手机自称",
            "现场确认签收，不是《电子签名法》第十三条所称的可靠电子签名。",
        ),
        Some(_) => (
            "服务器收到",
            "经评价链接提交，由服务器签名，不证明提交人的身份和位置；不是《电子签名法》第十三条所称的可靠电子签名。",
        ),
    };
    let (top, left) = (paper.y, MARGIN);
    let area = Area {
        x: MARGIN + INNER - 200.0,
        y: top,
        w: 200.0,
        h: tall,
    };
    for mark in signature(evidence, what, area) {
        paper.put(mark);
    }
    stars(paper, left, top, what.stars, 7.0);
    let solved = if what.resolved {
        "已解决"
    } else {
        "未解决"
    };
    paper.put(Mark::text(
        left + 90.0,
        top + 11.0,
        Style::new(10.0).bold(),
        format!("{} 星，{solved}", what.stars),
    ));
    paper.skip(20.0);
    let width = INNER - 214.0;
    let mut remark = what.tags.join("、");
    if !what.remark.is_empty() {
        remark = [remark, what.remark.clone()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("；");
    }
    if !remark.is_empty() {
        paper.text(&format!("意见：{remark}"), TEXT, left, width);
    }
    paper.text(&format!("单位：{}", what.unit), TEXT, left, width);
    paper.text(
        &format!("时间：{}（{}）", figures::instant(said.at.wall), whose),
        TEXT,
        left,
        width,
    );
    paper.text(said_of_it, Style::new(7.5).color(AMBER), left, width);
    paper.y = paper.y.max(top + tall) + 6.0;
    let line = format!("所见内容 SHA-256 {}", what.shown);
    paper.paragraph(&line, Style::new(6.8).mono().color(INK));
}
