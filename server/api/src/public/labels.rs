//! The sheet of labels that go onto the terminals: A4, 3 × 7 labels of 63.5 × 38.1 mm (the
//! common size of label paper), each with the QR code of the terminal's public page, its number
//! for typing, the site and the hotline.

use std::fmt::Write;
use std::io;

use domain::register::{Site, Terminal};
use qrcode::{Color, EcLevel, QrCode};

use super::html::{Escaped, Page};
use crate::config::LabelsArgs;
use crate::language::Lang;
use crate::register::Register;
use crate::serve::open_store;
use crate::terminals::placed;

/// Labels on one A4 sheet.
const LABELS_PER_SHEET: usize = 21;

/// `daochang labels`: the sheet for every terminal of the register.
///
/// # Errors
/// When the database cannot be opened or read.
pub async fn printed(args: &LabelsArgs) -> io::Result<String> {
    let store = open_store(&args.data).await?;
    let register = Register::load(&store).await.map_err(io::Error::other)?;
    Ok(sheet(placed(&register).collect(), &args.base, &args.hotline).render())
}

/// The whole sheet as HTML.
pub fn sheet(mut terminals: Vec<(&Terminal, &Site)>, base: &str, hotline: &str) -> Page<'static> {
    terminals.sort_unstable_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let mut body = format!(
        "<p class=\"note\">{} 张标签，打印时请选择 A4、100% 比例、无页边距。\
         <span lang=\"en\">{} labels; print on A4 at 100 % without margins.</span></p>",
        terminals.len(),
        terminals.len()
    );
    for page in terminals.chunks(LABELS_PER_SHEET) {
        body.push_str("<section class=\"sheet\">\n");
        for (terminal, site) in page {
            body.push_str(&label(terminal, site, base, hotline));
        }
        body.push_str("</section>\n");
    }
    Page {
        lang: Lang::Zh,
        title: "终端标签 · Terminal labels",
        style: include_str!("labels.css"),
        body,
    }
}

fn label(terminal: &Terminal, site: &Site, base: &str, hotline: &str) -> String {
    format!(
        "<div class=\"label\">{}<div><strong>扫码报修</strong><span class=\"place\">{}<br>{}</span>\
         <span class=\"id\">{}</span>热线 Hotline {}</div></div>\n",
        qr_svg(&format!("{}/t/{}", base.trim_end_matches('/'), terminal.id)),
        Escaped(&site.name),
        Escaped(&terminal.name),
        Escaped(terminal.id.as_str()),
        Escaped(hotline)
    )
}

/// The QR code of this text as one SVG path with the quiet zone of four modules.
pub fn qr_svg(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return String::new();
    };
    let width = code.width();
    let side = width + 8;
    let mut path = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (index % width + 4, index / width + 4);
            write!(path, "M{x} {y}h1v1h-1z").expect("writing to a String cannot fail");
        }
    }
    format!(
        "<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"QR\">\
         <path d=\"{path}\"/></svg>"
    )
}
