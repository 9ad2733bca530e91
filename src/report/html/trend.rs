//! The findings of the baseline over time, as a picture that needs no script and as the table behind it.

use std::io::{self, Write};

use crate::config::TrendPoint;

const WIDTH: i64 = 640;
const HEIGHT: i64 = 160;
/// The room for labels around the picture.
const LEFT: i64 = 48;
const BOTTOM: i64 = 24;
const TOP: i64 = 12;

/// Writes the picture; nothing without at least one point. The points are sorted by day.
pub(super) fn write(points: &[TrendPoint], out: &mut dyn Write) -> io::Result<()> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Ok(()) };
    let most = points.iter().map(|point| point.findings).max().unwrap_or_default();
    writeln!(out, "<h2 id=\"trend\">Baseline over time</h2>\n<figure class=\"trend wide\">")?;
    writeln!(out, "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"trend-title\">", LEFT + WIDTH + 16, TOP + HEIGHT + BOTTOM)?;
    writeln!(
        out,
        "<title id=\"trend-title\">Known findings: {} on {}, {} on {}, at most {most}</title>",
        first.findings, first.date, last.findings, last.date
    )?;
    axes(first, last, most, out)?;
    let places: Vec<_> = points.iter().map(|point| place(point, first, last, most)).collect();
    writeln!(out, "<polyline points=\"{}\"/>", steps(&places))?;
    for ((x, y), point) in places.iter().zip(points) {
        writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"3\"><title>{} on {}</title></circle>", point.findings, point.date)?;
    }
    writeln!(
        out,
        "</svg>\n<table>\n<thead><tr><th scope=\"col\">Day</th><th scope=\"col\" class=\"num\">Known findings</th></tr></thead>\n<tbody>"
    )?;
    for point in points {
        writeln!(out, "<tr><td>{}</td><td class=\"num\">{}</td></tr>", point.date, point.findings)?;
    }
    writeln!(out, "</tbody>\n</table>\n</figure>")
}

fn axes(first: &TrendPoint, last: &TrendPoint, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let (right, floor) = (LEFT + WIDTH, TOP + HEIGHT);
    writeln!(out, "<path d=\"M{LEFT} {TOP}V{floor}H{right}\"/>")?;
    writeln!(out, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{most}</text>", LEFT - 6, TOP + 5)?;
    writeln!(out, "<text x=\"{}\" y=\"{floor}\" text-anchor=\"end\">0</text>", LEFT - 6)?;
    writeln!(out, "<text x=\"{LEFT}\" y=\"{}\">{}</text>", floor + 18, first.date)?;
    if last.date == first.date {
        return Ok(());
    }
    writeln!(out, "<text x=\"{right}\" y=\"{}\" text-anchor=\"end\">{}</text>", floor + 18, last.date)
}

fn place(point: &TrendPoint, first: &TrendPoint, last: &TrendPoint, most: usize) -> (i64, i64) {
    let days = last.date.since(first.date).max(1);
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX / HEIGHT);
    (LEFT + WIDTH * point.date.since(first.date) / days, TOP + HEIGHT - HEIGHT * number(point.findings) / number(most).max(1))
}

/// A baseline stays as it is until it is written again: a line of steps, not a slope.
fn steps(places: &[(i64, i64)]) -> String {
    let mut text = String::new();
    let mut before = None;
    for (x, y) in places {
        if let Some(height) = before.replace(*y) {
            text += &format!("{x},{height} ");
        }
        text += &format!("{x},{y} ");
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Date;

    fn drawn(points: &[(&str, usize)]) -> String {
        let points: Vec<_> =
            points.iter().map(|(day, findings)| TrendPoint { date: Date::parse(day).unwrap(), findings: *findings }).collect();
        let mut out = Vec::new();
        write(&points, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn days_go_right_and_findings_go_up() {
        let text = drawn(&[("2026-01-01", 4), ("2026-01-03", 2), ("2026-01-05", 0)]);
        assert!(text.contains("<polyline points=\"48,12 368,12 368,92 688,92 688,172\"/>"), "{text}");
        assert!(text.contains("Known findings: 4 on 2026-01-01, 0 on 2026-01-05, at most 4"), "{text}");
    }

    #[test]
    fn one_point_or_none_is_no_division_by_zero() {
        assert_eq!(drawn(&[]), "");
        assert!(drawn(&[("2026-01-01", 0)]).contains("<polyline points=\"48,172\"/>"));
    }
}
