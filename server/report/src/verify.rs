//! How anybody can check the report without its makers, the code that leads to the place to do it,
//! and the list of hashes on the last pages.

use domain::canonical::digest_of;
use qrcode::{Color as Module, EcLevel, QrCode};

use crate::figures;
use crate::input::Evidence;
use crate::limits::sidecar_state;
use crate::mark::{Area, INK, Mark, PALE, SOFT, Shape, Style};
use crate::paper::{BODY, HASH, INNER, MARGIN, Paper, SMALL};
use crate::table::{Cell, Table};
use crate::timeline;
use crate::words;

pub fn draw(paper: &mut Paper, evidence: &Evidence) {
    how(paper, evidence);
    paper.chapter("SHA-256 清单", 120.0);
    hashes(paper, evidence);
}

fn how(paper: &mut Paper, evidence: &Evidence) {
    paper.chapter("怎样核验", 190.0);
    let (top, side) = (paper.y, 104.0);
    let right = MARGIN + INNER - side;
    let has_code = put_code(
        paper,
        evidence.link,
        Area {
            x: right,
            y: top,
            w: side,
            h: side,
        },
    );
    if has_code {
        paper.put(Mark::centred(
            right + side / 2.0,
            top + side + 10.0,
            Style::new(7.5).color(SOFT),
            "扫码查看本工单",
        ));
    }
    let width = if has_code { INNER - side - 18.0 } else { INNER };
    let id = &evidence.work_order.id;
    let step = |paper: &mut Paper, text: &str, command: Option<String>| {
        paper.text(text, BODY, MARGIN, width);
        if let Some(command) = command {
            for line in command.lines() {
                let area = Area {
                    x: MARGIN,
                    y: paper.y,
                    w: width,
                    h: 14.0,
                };
                paper.need(15.0);
                paper.put(Mark::filled(Shape::Box(Area { y: paper.y, ..area }), PALE));
                paper.put(Mark::text(
                    MARGIN + 5.0,
                    paper.y + 10.0,
                    Style::new(8.0).mono(),
                    line,
                ));
                paper.skip(14.0);
            }
        }
        paper.skip(5.0);
    };
    step(
        paper,
        "1. 向主管单位或在控制台的证据页取得证据包，其中有全部签名事件、回执、公钥、规则、照片和本报告。信任清单 trust.json 须另行取得，不能用包内的公钥自证。",
        None,
    );
    step(
        paper,
        "2. 用核验程序离线重算全部结论（退出码 0 全部成立，1 有不实，2 完整但缺少某项保证，3 输入有误）：",
        Some(format!(
            "daochang-verify evidence-{id}.zip --trust trust.json"
        )),
    );
    step(
        paper,
        "3. 只用公开工具核对照片：结果应与下面清单中的值逐字相同。",
        Some("sha256sum photos/*.jpg".to_owned()),
    );
    step(
        paper,
        "4. 只用公开工具核对一个事件的签名（取出字节的方法见证据包内《验证说明.txt》）：",
        Some("openssl dgst -sha256 -verify device.pem -signature event.sig event.pae".to_owned()),
    );
    paper.y = paper.y.max(top + if has_code { side + 18.0 } else { 0.0 });
    paper.text(
        &format!("查询地址：{}", evidence.link),
        SMALL,
        MARGIN,
        INNER,
    );
}

/// Draws the text as a QR code; false if it is empty or too long for one.
pub fn put_code(paper: &mut Paper, text: &str, area: Area) -> bool {
    if text.is_empty() {
        return false;
    }
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return false;
    };
    let width = code.width();
    let step = area.w / (width + 4) as f32;
    let dark = code
        .to_colors()
        .into_iter()
        .enumerate()
        .filter(|(_, module)| *module == Module::Dark);
    let boxes = dark
        .map(|(index, _)| Area {
            x: area.x + (index % width + 2) as f32 * step,
            y: area.y + (index / width + 2) as f32 * step,
            w: step,
            h: step,
        })
        .collect();
    paper.put(Mark::filled(Shape::Boxes(boxes), INK));
    true
}

fn hashes(paper: &mut Paper, evidence: &Evidence) {
    let table = Table {
        widths: &[185.0, 308.0],
        head: &["内容", "SHA-256"],
        labelled: false,
    };
    let mut rows = Vec::new();
    let mut add = |what: String, note: String, hash: String| {
        let mut cell = Cell::of(what, Style::new(8.5));
        if !note.is_empty() {
            cell = cell.and(note, Style::new(7.0).color(SOFT));
        }
        rows.push(vec![cell, Cell::of(hash, HASH)]);
    };
    let work_order = evidence.work_order;
    if let Ok(digest) = digest_of(evidence.judgement) {
        let note = format!("规范 JSON，截至 {}", figures::instant(evidence.as_of));
        add("判定结果".to_owned(), note, digest.to_string());
    }
    add(
        "判定规则".to_owned(),
        format!("版本 {}", evidence.policy.version),
        work_order.policy.to_string(),
    );
    for (index, photo) in evidence.photos_in_order().iter().enumerate() {
        let name = format!("照片 {}  {}", index + 1, words::slot(photo.what.slot));
        add(name, "原图字节".to_owned(), photo.what.sha256.to_string());
    }
    for visit in &work_order.visits {
        if let Some(c) = visit.check_in.what.fixes_c {
            let note = if evidence.are_fixes_erased(visit) {
                "已依法删除"
            } else {
                "在案"
            };
            add("定位（承诺值）".to_owned(), note.to_owned(), c.to_string());
        }
    }
    for said in &work_order.evaluations {
        add(
            "签收人所见内容".to_owned(),
            String::new(),
            said.what.shown.to_string(),
        );
        for (name, c) in [
            ("签收人（承诺值）", said.what.signer_c),
            ("笔迹（承诺值）", said.what.ink_c),
        ] {
            add(
                name.to_owned(),
                sidecar_state(evidence, &c).to_owned(),
                c.to_string(),
            );
        }
    }
    for (index, fact) in timeline::facts(evidence).iter().enumerate() {
        let note = format!(
            "签名字节（DSSE PAE）；设备 {} 第 {} 条",
            &fact.at.dev.to_string()[..6],
            fact.at.seq
        );
        add(
            format!("事件 {}  {}", index + 1, fact.what),
            note,
            fact.at.event.to_string(),
        );
    }
    table.draw(paper, rows);
}
