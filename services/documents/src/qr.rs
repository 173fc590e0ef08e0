//! A QR code as a drawing: one path of rectangles, sharp at any size.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode, types::QrError};

/// Empty modules around the code, as ISO/IEC 18004 asks.
const QUIET: usize = 4;

/// Draws the text as SVG. Quartile correction: a card is worn in a pocket for months.
pub(crate) fn draw(text: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::Q)?;
    let (width, modules) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let length = run.len();
                let _ = write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET);
            }
            x += run.len();
        }
    }
    let side = width + 2 * QUIET;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\"><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use rqrr::PreparedImage;

    /// Dots for each module, as a camera sees it.
    const SCALE: usize = 8;

    /// Reads the drawing as a telephone would: its rectangles as black dots on white.
    fn read(svg: &str) -> Option<String> {
        let side: usize = svg.split("0 0 ").nth(1)?.split(' ').next()?.parse().ok()?;
        let mut dark = vec![false; side * side];
        for run in svg.split("d=\"").nth(1)?.split('M').skip(1) {
            let (start, length) = run.split_once('h')?;
            let (x, y) = start.split_once(' ')?;
            let (x, y): (usize, usize) = (x.parse().ok()?, y.parse().ok()?);
            let length: usize = length.split('v').next()?.parse().ok()?;
            dark[y * side + x..][..length].fill(true);
        }
        let dot = |x: usize, y: usize| if dark[y / SCALE * side + x / SCALE] { 0 } else { 255 };
        let mut image = PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, dot);
        let grids = image.detect_grids();
        Some(grids.first()?.decode().ok()?.1)
    }

    #[test]
    fn a_reader_of_another_make_reads_the_digits() {
        for digits in ["407122589316", "000000000000", "999999999999"] {
            assert_eq!(read(&super::draw(digits).unwrap()).as_deref(), Some(digits));
        }
    }

    #[test]
    fn a_drawing_with_a_torn_corner_is_not_read() {
        let whole = super::draw("407122589316").unwrap();
        let rows: Vec<_> = whole.split_inclusive('z').collect();
        let torn = rows[rows.len() / 2..].concat();
        let (head, _) = whole.split_once('M').unwrap();
        assert_eq!(read(&format!("{head}{torn}")), None);
    }
}
