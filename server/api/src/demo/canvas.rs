//! A small drawing board for the demonstration's photos: rectangles, trapezoids, discs and a
//! camera's grain on raw RGB pixels. It knows no kiosk; [`super::picture`] does.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use super::chance::Chance;

/// A colour, red green blue.
pub type Rgb = [u8; 3];

/// Pixels of one picture.
pub struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A canvas of one colour.
    pub fn filled(width: i32, height: i32, colour: Rgb) -> Self {
        let pixels = colour.repeat((width * height) as usize);
        Self {
            width,
            height,
            pixels,
        }
    }

    /// A rectangle; what lies outside the canvas is cut off.
    pub fn rect(&mut self, x: i32, y: i32, width: i32, height: i32, colour: Rgb) {
        self.trapezoid(
            (y, y + height),
            (x, x + width),
            (x, x + width),
            (colour, colour),
        );
    }

    /// A shape between two heights whose left and right edges are straight: `top` and `bottom`
    /// are its extents there, `colours` run from top to bottom.
    pub fn trapezoid(
        &mut self,
        (y0, y1): (i32, i32),
        top: (i32, i32),
        bottom: (i32, i32),
        colours: (Rgb, Rgb),
    ) {
        let span = (y1 - y0).max(1);
        for y in y0.max(0)..y1.min(self.height) {
            let along = |from: i32, to: i32| from + (to - from) * (y - y0) / span;
            let left = along(top.0, bottom.0).clamp(0, self.width);
            let right = along(top.1, bottom.1).clamp(0, self.width);
            let colour: Rgb = std::array::from_fn(|part| {
                along(i32::from(colours.0[part]), i32::from(colours.1[part])) as u8
            });
            if left < right {
                let row = (y * self.width) as usize;
                let cells = (row + left as usize) * 3..(row + right as usize) * 3;
                let (pixels, _) = self.pixels[cells].as_chunks_mut::<3>();
                pixels.fill(colour);
            }
        }
    }

    /// A filled circle.
    pub fn disc(&mut self, x: i32, y: i32, radius: i32, colour: Rgb) {
        for dy in -radius..=radius {
            let half = f64::from(radius * radius - dy * dy).sqrt() as i32;
            self.rect(x - half, y + dy, half * 2, 1, colour);
        }
    }

    /// A rectangle with round corners.
    pub fn card(&mut self, x: i32, y: i32, width: i32, height: i32, colour: Rgb) {
        let radius = (width.min(height) / 8).min(18);
        self.rect(x, y + radius, width, height - 2 * radius, colour);
        self.rect(x + radius, y, width - 2 * radius, height, colour);
        for (cx, cy) in [
            (x + radius, y + radius),
            (x + width - radius, y + radius),
            (x + radius, y + height - radius - 1),
            (x + width - radius, y + height - radius - 1),
        ] {
            self.disc(cx, cy, radius, colour);
        }
    }

    /// Rows of bars of unequal length, which look like text from a distance.
    pub fn lines_of_text(
        &mut self,
        (x, y): (i32, i32),
        width: i32,
        rows: i32,
        size: i32,
        colour: Rgb,
        chance: &mut Chance,
    ) {
        for row in 0..rows {
            let mut from = x;
            let end = x + width * chance.between(55, 100) / 100;
            while from < end {
                let word = chance.between(size, size * 4).min(end - from);
                self.rect(from, y + row * size * 2, word, size, colour);
                from += word + size / 2;
            }
        }
    }

    /// Digits in the shape of a seven-segment display, `size` pixels high.
    pub fn digits(&mut self, text: &str, (x, y): (i32, i32), size: i32, colour: Rgb) {
        let (wide, thick) = (size / 2, (size / 9).max(2));
        let half = size / 2;
        for (index, letter) in text.chars().enumerate() {
            let left = x + index as i32 * (wide + thick * 2);
            let segments = [
                (left, y, wide, thick),
                (left + wide - thick, y, thick, half),
                (left + wide - thick, y + half, thick, half),
                (left, y + size - thick, wide, thick),
                (left, y + half, thick, half),
                (left, y, thick, half),
                (left, y + half - thick / 2, wide, thick),
            ];
            let lit = letter
                .to_digit(10)
                .map_or(0b100_0000, |digit| SEGMENTS[digit as usize]);
            for (bit, (x, y, width, height)) in segments.into_iter().enumerate() {
                if lit & (1 << bit) != 0 {
                    self.rect(x, y, width, height, colour);
                }
            }
        }
    }

    /// What a phone's camera adds: darker corners and grain.
    pub fn photographed(&mut self, chance: &mut Chance) {
        let (middle_x, middle_y) = (self.width / 2, self.height / 2);
        let far = middle_x * middle_x + middle_y * middle_y;
        let mut grain = chance.bits() | 1;
        for y in 0..self.height {
            let vertical = (y - middle_y) * (y - middle_y);
            let row = (y * self.width) as usize * 3;
            for x in 0..self.width {
                grain ^= grain << 13;
                grain ^= grain >> 7;
                grain ^= grain << 17;
                let distance = ((x - middle_x) * (x - middle_x) + vertical) * 26 / far;
                let change = (grain % 9) as i32 - 4 - distance;
                let cell = row + x as usize * 3;
                for part in &mut self.pixels[cell..cell + 3] {
                    *part = (i32::from(*part) + change).clamp(0, 255) as u8;
                }
            }
        }
    }

    /// The picture as a JPEG of the quality the phone uses.
    pub fn into_jpeg(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (width, height) = (self.width as u32, self.height as u32);
        JpegEncoder::new_with_quality(&mut bytes, 85)
            .encode(&self.pixels, width, height, ExtendedColorType::Rgb8)
            .expect("a picture of fixed size fits a JPEG in memory");
        bytes
    }
}

/// Which of the seven segments are lit for each digit: top, upper right, lower right, bottom,
/// lower left, upper left, middle from the lowest bit on.
const SEGMENTS: [u8; 10] = [
    0b011_1111, 0b000_0110, 0b101_1011, 0b100_1111, 0b110_0110, 0b110_1101, 0b111_1101, 0b000_0111,
    0b111_1111, 0b110_1111,
];
