//! Photos of the demonstration: a kiosk in a hall, drawn, so that the evidence page has
//! something to show. Before the repair its screen shows the fault, afterwards the home page.
//! Nobody is in the picture and nothing is copied from a real one.

use domain::event::PhotoSlot;
use domain::fault::FaultCode;
use domain::ids::TerminalId;

use super::canvas::{Canvas, Rgb};
use super::chance::Chance;

/// Width of every demo photo in pixels.
pub const WIDTH: u32 = 1280;
/// Height of every demo photo in pixels.
pub const HEIGHT: u32 = 960;

/// What a photo is of.
#[derive(Debug, Clone)]
pub struct Shot {
    pub terminal: TerminalId,
    pub slot: PhotoSlot,
    /// Decides what the screen shows before the repair.
    pub fault: FaultCode,
    /// Same number, same picture; the hall itself depends on the terminal alone.
    pub seed: u64,
}

const WALLS: [Rgb; 6] = [
    [226, 224, 216],
    [212, 222, 226],
    [232, 226, 210],
    [206, 214, 206],
    [222, 214, 208],
    [236, 236, 232],
];
const FLOORS: [Rgb; 4] = [
    [168, 160, 150],
    [150, 154, 158],
    [186, 178, 164],
    [136, 130, 124],
];
const BODIES: [Rgb; 5] = [
    [236, 238, 240],
    [58, 70, 84],
    [200, 30, 40],
    [28, 92, 168],
    [210, 214, 218],
];
const ACCENTS: [Rgb; 5] = [
    [196, 30, 44],
    [24, 104, 190],
    [20, 132, 116],
    [220, 120, 24],
    [92, 70, 160],
];
const WHITE: Rgb = [250, 250, 250];
const INK: Rgb = [40, 46, 54];

/// Takes the photo: JPEG bytes of [`WIDTH`] × [`HEIGHT`] pixels.
pub fn photo(shot: &Shot) -> Vec<u8> {
    let serial = shot
        .terminal
        .digits()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0);
    let mut place = Chance::seeded(serial);
    let mut hand = Chance::seeded(shot.seed);
    let look = Look {
        wall: *place.pick(&WALLS),
        floor: *place.pick(&FLOORS),
        body: *place.pick(&BODIES),
        accent: *place.pick(&ACCENTS),
        centre: 640 + place.between(-190, 190),
        scale: place.between(78, 104),
    };
    let mut canvas = Canvas::filled(WIDTH as i32, HEIGHT as i32, look.wall);
    match shot.slot {
        PhotoSlot::Plate | PhotoSlot::Label => plate(&mut canvas, &look, shot, &mut hand),
        PhotoSlot::Before | PhotoSlot::After | PhotoSlot::Scene => {
            hall(&mut canvas, &look, &mut place);
            let wide = shot.slot == PhotoSlot::Scene;
            kiosk(&mut canvas, &look, shot, wide, &mut hand);
        }
    }
    canvas.photographed(&mut hand);
    canvas.into_jpeg()
}

/// The same photo opened and saved again, a little brighter and smaller in bytes: another file that
/// shows the same.
pub fn saved_anew(jpeg: &[u8]) -> Vec<u8> {
    let opened = image::load_from_memory_with_format(jpeg, image::ImageFormat::Jpeg)
        .expect("the photo was drawn here");
    let mut saved = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut saved, 55)
        .encode_image(&opened.brighten(5).to_rgb8())
        .expect("a picture in memory can be encoded");
    saved
}

/// How this terminal and its hall look on every photo.
struct Look {
    wall: Rgb,
    floor: Rgb,
    body: Rgb,
    accent: Rgb,
    /// Where the machine stands in the picture, and how large in percent: another hall leaves another
    /// distance, and pictures of two machines must not pass for one that was used twice.
    centre: i32,
    scale: i32,
}

fn darker(colour: Rgb, by: u8) -> Rgb {
    colour.map(|part| part.saturating_sub(by))
}

/// Light on dark, dark on light.
fn contrast(colour: Rgb) -> Rgb {
    if colour.into_iter().map(u32::from).sum::<u32>() > 380 {
        INK
    } else {
        WHITE
    }
}

/// Wall, floor with joints towards the eye, a poster, a plant or a row of chairs.
fn hall(canvas: &mut Canvas, look: &Look, place: &mut Chance) {
    let horizon = place.between(660, 740);
    canvas.trapezoid(
        (0, horizon),
        (0, 1280),
        (0, 1280),
        (look.wall, darker(look.wall, 22)),
    );
    canvas.rect(0, horizon - 18, 1280, 18, darker(look.wall, 60));
    canvas.trapezoid(
        (horizon, 960),
        (0, 1280),
        (0, 1280),
        (darker(look.floor, 24), look.floor),
    );
    for joint in -6..=6 {
        let (near, far) = (640 + joint * 260, 640 + joint * 120);
        let tones = (darker(look.floor, 44), darker(look.floor, 30));
        canvas.trapezoid((horizon, 960), (far, far + 2), (near, near + 5), tones);
    }
    for (row, y) in [horizon + 34, horizon + 92, horizon + 190]
        .into_iter()
        .enumerate()
    {
        canvas.rect(0, y, 1280, 2 + row as i32, darker(look.floor, 36));
    }
    let left = place.between(40, 120);
    canvas.rect(left - 6, 114, 232, 312, darker(look.wall, 70));
    canvas.rect(left, 120, 220, 300, WHITE);
    canvas.rect(left, 120, 220, 64, look.accent);
    canvas.lines_of_text((left + 18, 206), 180, 9, 9, [120, 124, 130], place);
    if place.between(0, 1) == 0 {
        let x = place.between(1090, 1180);
        let clay = ([176, 96, 60], [130, 66, 40]);
        canvas.trapezoid(
            (horizon - 60, horizon + 40),
            (x - 44, x + 44),
            (x - 32, x + 32),
            clay,
        );
        for _ in 0..26 {
            let (dx, dy) = (place.between(-70, 70), place.between(-170, -50));
            let green = place.between(96, 150) as u8;
            canvas.disc(x + dx, horizon + dy, place.between(14, 30), [34, green, 60]);
        }
    } else {
        for seat in 0..3 {
            let x = 1010 + seat * 92;
            canvas.card(x, horizon - 130, 80, 78, look.accent);
            canvas.card(x, horizon - 46, 80, 24, darker(look.accent, 24));
            canvas.rect(x + 36, horizon - 24, 8, 70, [90, 94, 98]);
        }
    }
}

/// The machine itself: head sign, screen, keypad, card and paper slots, plinth and shadow.
fn kiosk(canvas: &mut Canvas, look: &Look, shot: &Shot, wide: bool, hand: &mut Chance) {
    let scale = if wide {
        62
    } else {
        look.scale + hand.between(-4, 4)
    };
    let s = |pixels: i32| pixels * scale / 100;
    let x = look.centre + hand.between(-40, 40);
    let top = if wide { 210 } else { hand.between(36, 70) };
    let shade = darker(look.body, 40);
    let ground = top + s(860);
    let shadow = (darker(look.floor, 70), darker(look.floor, 44));
    let (far, near) = ((x - s(214), x + s(236)), (x - s(240), x + s(270)));
    canvas.trapezoid((ground - s(16), ground + s(26)), far, near, shadow);
    canvas.trapezoid(
        (top, top + s(860)),
        (x - s(205), x + s(205)),
        (x - s(225), x + s(225)),
        (look.body, shade),
    );
    canvas.trapezoid(
        (top, top + s(860)),
        (x + s(180), x + s(205)),
        (x + s(198), x + s(225)),
        (shade, darker(look.body, 70)),
    );
    canvas.card(x - s(190), top + s(16), s(360), s(58), look.accent);
    canvas.lines_of_text(
        (x - s(150), top + s(36)),
        s(280),
        1,
        s(18).max(4),
        WHITE,
        hand,
    );
    let (left, up, width, height) = (x - s(180), top + s(92), s(350), s(430));
    canvas.card(
        left - s(10),
        up - s(10),
        width + s(20),
        height + s(20),
        [22, 24, 28],
    );
    screen(canvas, look, shot, (left, up, width, height), hand);
    canvas.card(x - s(180), top + s(556), s(170), s(130), [70, 74, 80]);
    for key in 0..12 {
        let (column, row) = (key % 3, key / 3);
        canvas.card(
            x - s(168) + column * s(52),
            top + s(566) + row * s(29),
            s(42),
            s(22),
            [214, 218, 222],
        );
    }
    canvas.card(x + s(20), top + s(560), s(140), s(36), [34, 38, 44]);
    canvas.rect(x + s(32), top + s(574), s(116), s(6).max(2), look.accent);
    canvas.card(x + s(20), top + s(620), s(140), s(58), [34, 38, 44]);
    if shot.slot == PhotoSlot::After {
        canvas.rect(x + s(36), top + s(644), s(108), s(46), WHITE);
    }
    canvas.rect(x - s(150), top + s(730), s(96), s(96), WHITE);
    label_squares(canvas, (x - s(144), top + s(736)), s(84), hand);
    canvas.digits(
        shot.terminal.digits().unwrap_or("000000"),
        (x - s(30), top + s(770)),
        s(34),
        contrast(look.body),
    );
}

/// A square that looks like a QR code; it is none, so that nobody scans a drawing.
fn label_squares(canvas: &mut Canvas, (x, y): (i32, i32), side: i32, hand: &mut Chance) {
    let cell = (side / 21).max(1);
    for index in 0..21 * 21 {
        if hand.between(0, 1) == 1 {
            canvas.rect(
                x + index % 21 * cell,
                y + index / 21 * cell,
                cell,
                cell,
                INK,
            );
        }
    }
    for (column, row) in [(0, 0), (14, 0), (0, 14)] {
        canvas.rect(x + column * cell, y + row * cell, 7 * cell, 7 * cell, INK);
        canvas.rect(
            x + (column + 1) * cell,
            y + (row + 1) * cell,
            5 * cell,
            5 * cell,
            WHITE,
        );
        canvas.rect(
            x + (column + 2) * cell,
            y + (row + 2) * cell,
            3 * cell,
            3 * cell,
            INK,
        );
    }
}

fn screen(
    canvas: &mut Canvas,
    look: &Look,
    shot: &Shot,
    frame: (i32, i32, i32, i32),
    hand: &mut Chance,
) {
    let (x, y, width, height) = frame;
    if shot.slot == PhotoSlot::After {
        return home_page(canvas, look, frame, hand);
    }
    match shot.fault {
        FaultCode::Hw1 => {
            canvas.rect(x, y, width, height, [0, 96, 190]);
            canvas.disc(x + 46, y + 60, 9, WHITE);
            canvas.disc(x + 46, y + 100, 9, WHITE);
            for (dx, dy) in [(0, 0), (-8, 12), (-12, 26), (-12, 40), (-8, 54), (0, 66)] {
                canvas.disc(x + 92 + dx, y + 48 + dy, 6, WHITE);
            }
            canvas.lines_of_text((x + 34, y + 150), width - 80, 6, 9, WHITE, hand);
            label_squares(canvas, (x + 34, y + height - 110), 84, hand);
        }
        FaultCode::Oth1 | FaultCode::Oth2 => {
            canvas.trapezoid(
                (y, y + height),
                (x, x + width),
                (x, x + width),
                ([16, 18, 20], [34, 37, 41]),
            );
            canvas.trapezoid(
                (y, y + height),
                (x + 40, x + 120),
                (x + 190, x + 270),
                ([30, 33, 37], [44, 48, 52]),
            );
        }
        _ => {
            home_page(canvas, look, frame, hand);
            let (left, up) = (x + width / 10, y + height / 3);
            canvas.card(
                left - 4,
                up - 4,
                width * 8 / 10 + 8,
                height / 3 + 8,
                [90, 94, 100],
            );
            canvas.card(left, up, width * 8 / 10, height / 3, WHITE);
            canvas.disc(x + width / 2, up + 36, 22, [222, 140, 30]);
            canvas.rect(x + width / 2 - 3, up + 22, 6, 18, WHITE);
            canvas.rect(x + width / 2 - 3, up + 44, 6, 6, WHITE);
            canvas.lines_of_text(
                (left + 30, up + 72),
                width * 8 / 10 - 60,
                3,
                8,
                [96, 100, 106],
                hand,
            );
        }
    }
}

/// The normal page: title bar, banner, eight services.
fn home_page(
    canvas: &mut Canvas,
    look: &Look,
    (x, y, width, height): (i32, i32, i32, i32),
    hand: &mut Chance,
) {
    canvas.rect(x, y, width, height, [238, 243, 248]);
    canvas.trapezoid(
        (y, y + height / 5),
        (x, x + width),
        (x, x + width),
        (look.accent, darker(look.accent, 40)),
    );
    canvas.disc(x + 34, y + height / 10, 16, WHITE);
    canvas.lines_of_text(
        (x + 64, y + height / 10 - 7),
        width - 110,
        1,
        14,
        WHITE,
        hand,
    );
    let (cell_w, cell_h) = (width / 2, height / 6);
    for service in 0..8 {
        let (left, up) = (
            x + service % 2 * cell_w,
            y + height / 4 + service / 2 * cell_h,
        );
        canvas.card(left + 10, up + 6, cell_w - 20, cell_h - 14, WHITE);
        canvas.disc(
            left + 38,
            up + cell_h / 2 - 2,
            cell_h / 4,
            *hand.pick(&ACCENTS),
        );
        canvas.lines_of_text(
            (left + 62, up + cell_h / 2 - 10),
            cell_w - 86,
            1,
            8,
            [80, 86, 94],
            hand,
        );
    }
    canvas.rect(x, y + height - 26, width, 26, [214, 222, 230]);
}

/// The type plate, close: lines of text and the number that people type.
fn plate(canvas: &mut Canvas, look: &Look, shot: &Shot, hand: &mut Chance) {
    canvas.trapezoid(
        (0, 960),
        (0, 1280),
        (0, 1280),
        (look.body, darker(look.body, 36)),
    );
    let (x, y) = (hand.between(150, 210), hand.between(170, 230));
    canvas.card(x - 8, y - 4, 916, 566, darker(look.body, 90));
    canvas.card(x, y, 900, 550, [206, 208, 210]);
    canvas.rect(x + 30, y + 30, 840, 76, look.accent);
    canvas.lines_of_text((x + 60, y + 56), 560, 1, 26, WHITE, hand);
    canvas.lines_of_text((x + 40, y + 150), 480, 6, 18, INK, hand);
    canvas.rect(x + 590, y + 140, 260, 260, WHITE);
    label_squares(canvas, (x + 606, y + 156), 231, hand);
    canvas.digits(
        shot.terminal.digits().unwrap_or("000000"),
        (x + 40, y + 420),
        88,
        INK,
    );
    for (dx, dy) in [(24, 24), (876, 24), (24, 526), (876, 526)] {
        canvas.disc(x + dx, y + dy, 10, [120, 124, 128]);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn shot(slot: PhotoSlot, fault: FaultCode, seed: u64) -> Shot {
        Shot {
            terminal: "SZ-FT-010017".parse().unwrap(),
            slot,
            fault,
            seed,
        }
    }

    #[test]
    fn photos_are_jpegs_of_the_stated_size_and_all_differ() {
        let mut seen = BTreeSet::new();
        for (slot, fault, seed) in [
            (PhotoSlot::Before, FaultCode::Hw1, 1),
            (PhotoSlot::Before, FaultCode::Hw1, 2),
            (PhotoSlot::Before, FaultCode::Oth1, 1),
            (PhotoSlot::After, FaultCode::Hw1, 1),
            (PhotoSlot::Plate, FaultCode::Hw1, 1),
        ] {
            let bytes = photo(&shot(slot, fault, seed));
            let picture = image::load_from_memory(&bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT));
            assert!(
                (30_000..600_000).contains(&bytes.len()),
                "{} bytes",
                bytes.len()
            );
            assert!(seen.insert(bytes));
        }
        assert_eq!(
            photo(&shot(PhotoSlot::After, FaultCode::Hw1, 5)),
            photo(&shot(PhotoSlot::After, FaultCode::Hw1, 5))
        );
    }
}
