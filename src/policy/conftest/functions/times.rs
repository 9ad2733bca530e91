//! `time.…`: nanoseconds since 1970, days and hours of the Gregorian calendar in UTC and in the zones of the world.
//! The engine's feature `time` is left out: it would give all rules, those of `polity check` too, the clock of the machine (`time.now_ns`).

use regorus::Value as Rego;

use super::layouts::{self, Moment};
use super::zones::Zone;
use super::{Answer, Failure, Function, text, whole};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("time.add_date", 4, |args, _| add(&args[0], [whole(args, 1)?, whole(args, 2)?, whole(args, 3)?])),
    ("time.clock", 1, |args, _| moment(&args[0]).map(|(moment, ..)| numbers(&[moment.hour, moment.minute, moment.second]))),
    ("time.date", 1, |args, _| moment(&args[0]).map(|(moment, ..)| numbers(&[moment.year, moment.month, moment.day]))),
    ("time.diff", 2, |args, _| difference(&args[0], &args[1])),
    ("time.format", 1, |args, _| {
        let (moment, _, layout) = moment(&args[0])?;
        Ok(Rego::from(layouts::format(&layout, &moment).as_str()))
    }),
    ("time.now_ns", 0, |_, at| Ok(Rego::from(at.now))),
    ("time.parse_duration_ns", 1, |args, _| duration(text(args, 0)?)),
    ("time.parse_ns", 2, |args, _| layouts::parse(text(args, 0)?, text(args, 1)?).ok_or_else(outside).and_then(nanoseconds)),
    ("time.parse_rfc3339_ns", 1, |args, _| layouts::parse("RFC3339", text(args, 0)?).ok_or_else(outside).and_then(nanoseconds)),
    ("time.weekday", 1, |args, _| moment(&args[0]).map(|(moment, ..)| Rego::from(moment.weekday()))),
];

fn outside() -> Failure {
    Failure::from("the text is no time of this layout")
}

fn numbers(numbers: &[i64]) -> Rego {
    Rego::from(numbers.iter().map(|number| Rego::from(*number)).collect::<Vec<_>>())
}

fn nanoseconds(moment: Moment) -> Answer {
    i64::try_from(moment.nanoseconds()).map(Rego::from).map_err(|_| Failure::from("time outside of valid range"))
}

/// A time with its zone and the layout that is asked for: nanoseconds, or a list of nanoseconds, zone and layout.
fn moment(value: &Rego) -> Result<(Moment, Zone, String), Failure> {
    let wrong = || Failure::from("operand must be either number (ns) or [number (ns), string (tz)]");
    let parts = match value {
        Rego::Array(items) => items.iter().collect(),
        other => vec![other],
    };
    let at = parts.first().ok_or_else(wrong)?.as_i64().map_err(|_| wrong())?;
    let word = |index: usize| parts.get(index).map_or(Ok(""), |part| part.as_string().map(|text| &**text).map_err(|_| wrong()));
    let zone = Zone::named(word(1)?)?;
    Ok((Moment::within(at, &zone), zone, word(2)?.to_owned()))
}

fn add(value: &Rego, [years, months, days]: [i64; 3]) -> Answer {
    let (mut moment, zone, _) = moment(value)?;
    let too_far = || Failure::from("time outside of valid range");
    moment.year = moment.year.checked_add(years).filter(|year| year.abs() < 1_000_000).ok_or_else(too_far)?;
    moment.month = moment.month.checked_add(months).filter(|month| month.abs() < 10_000_000).ok_or_else(too_far)?;
    moment.day = moment.day.checked_add(days).filter(|day| day.abs() < 1_000_000_000).ok_or_else(too_far)?;
    nanoseconds(moment.shown_in(&zone))
}

/// Years, months, days, hours, minutes and seconds between two times.
fn difference(one: &Rego, other: &Rego) -> Answer {
    let ((one, zone, _), (other, ..)) = (moment(one)?, moment(other)?);
    let other =
        nanoseconds(other)?.as_i64().map(|at| Moment::within(at, &zone)).map_err(|_| Failure::from("time outside of valid range"))?;
    let (from, to) = if one.nanoseconds() > other.nanoseconds() { (other, one) } else { (one, other) };
    let mut parts = [
        to.year - from.year,
        to.month - from.month,
        to.day - from.day,
        to.hour - from.hour,
        to.minute - from.minute,
        to.second - from.second,
    ];
    // What a part lacks it takes from the one before it.
    for (index, size) in [(5, 60), (4, 60), (3, 24), (2, layouts::days_in(from.year, from.month)), (1, 12)] {
        if parts[index] < 0 {
            parts[index] += size;
            parts[index - 1] -= 1;
        }
    }
    Ok(numbers(&parts))
}

const UNITS: [(&str, f64); 11] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
    ("d", 86_400e9),
    ("w", 7.0 * 86_400e9),
    ("y", 365.0 * 86_400e9),
];

/// `1h30m`, `-1.5h`, `2d`.
fn duration(text: &str) -> Answer {
    let wrong = || Failure::from(format!("time: invalid duration {text:?}"));
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Rego::from(0_i64));
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let after = &rest[number..];
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == &after[..letters]).ok_or_else(wrong)?;
        total += rest[..number].parse::<f64>().map_err(|_| wrong())? * unit;
        rest = &after[letters..];
    }
    let total = (sign * total).round();
    if text.len() < 2 || total.abs() >= 9.2e18 {
        return Err(wrong());
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was just compared with the largest value")]
    Ok(Rego::from(total as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::conftest::functions::Setting;

    #[track_caller]
    fn check(name: &str, args: &[Rego], expected: Option<&str>) {
        let (_, _, function) = FUNCTIONS.iter().find(|(known, ..)| *known == name).unwrap();
        assert_eq!(
            function(args, &Setting { now: 7, ..Setting::default() }).ok().map(|value| value.to_string()).as_deref(),
            expected,
            "{name}"
        );
    }

    const NOW: i64 = 1_577_934_245_000_000_000;

    #[test]
    fn times_have_days_and_hours() {
        check("time.now_ns", &[], Some("7"));
        check("time.date", &[Rego::from(NOW)], Some("[2020,1,2]"));
        check("time.clock", &[Rego::from(NOW)], Some("[3,4,5]"));
        check("time.weekday", &[Rego::from(NOW)], Some(r#""Thursday""#));
        check("time.date", &[Rego::from(-1_i64)], Some("[1969,12,31]"));
        check("time.date", &[Rego::from("x")], None);
    }

    #[test]
    fn zones_have_clocks_of_their_own() {
        let at = |zone: &str, layout: &str| vec![Rego::from(vec![NOW.into(), zone.into(), layout.into()])];
        check("time.clock", &at("America/New_York", ""), Some("[22,4,5]"));
        check("time.date", &at("America/New_York", ""), Some("[2020,1,1]"));
        check("time.weekday", &at("America/New_York", ""), Some(r#""Wednesday""#));
        check("time.format", &at("Europe/Berlin", ""), Some(r#""2020-01-02T04:04:05+01:00""#));
        check("time.format", &at("Asia/Kolkata", "UnixDate"), Some(r#""Thu Jan  2 08:34:05 IST 2020""#));
        check("time.format", &at("America/Sao_Paulo", "MST -0700 Z07"), Some(r#""-03 -0300 -03""#));
        check("time.format", &at("UTC", "MST -07:00 Z0700"), Some(r#""UTC +00:00 Z""#));
        for unknown in ["Europe/Nowhere", "europe/berlin", "Local"] {
            check("time.clock", &at(unknown, ""), None);
        }
        // Clocks are put forward on 2020-03-29: half a year later they show the same, an hour earlier in UTC.
        let moved = [Rego::from(vec![NOW.into(), "Europe/Berlin".into()]), 0_i64.into(), 6_i64.into(), 0_i64.into()];
        check("time.add_date", &moved, Some("1593655445000000000"));
    }

    #[test]
    fn times_are_read_and_written() {
        check("time.parse_rfc3339_ns", &["2020-01-02T03:04:05Z".into()], Some("1577934245000000000"));
        check("time.parse_rfc3339_ns", &["2020-01-02T03:04:05.5+01:00".into()], Some("1577930645500000000"));
        for wrong in ["2020-01-02", "2020-02-30T03:04:05Z", "2020-01-02T24:04:05Z", "2020-01-02T03:04:05", ""] {
            check("time.parse_rfc3339_ns", &[wrong.into()], None);
        }
        check("time.parse_ns", &["2006-01-02".into(), "2021-05-06".into()], Some("1620259200000000000"));
        check("time.format", &[Rego::from(NOW)], Some(r#""2020-01-02T03:04:05Z""#));
        check(
            "time.format",
            &[Rego::from(vec![Rego::from(NOW), "UTC".into(), "Mon Jan _2 3:04PM 06".into()])],
            Some(r#""Thu Jan  2 3:04AM 20""#),
        );
    }

    #[test]
    fn calendars_are_counted_on() {
        check("time.add_date", &[NOW.into(), 1_i64.into(), 2_i64.into(), 3_i64.into()], Some("1614913445000000000"));
        check("time.diff", &[NOW.into(), 1_607_934_245_000_000_000_i64.into()], Some("[0,11,12,5,20,0]"));
        for (text, expected) in
            [("1h30m", Some("5400000000000")), ("-1.5h", Some("-5400000000000")), ("2d", Some("172800000000000")), ("0", Some("0"))]
        {
            check("time.parse_duration_ns", &[text.into()], expected);
        }
        for text in ["", "1", "h", "1x", "-", "1h-1m"] {
            check("time.parse_duration_ns", &[text.into()], None);
        }
    }
}
