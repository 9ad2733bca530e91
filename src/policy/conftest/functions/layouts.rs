//! Times as texts, in the layouts of Go: an example of a certain time, `2006-01-02 15:04:05`, says how all are written.

use super::zones::{Clock, Zone};

/// A time, part by part, as clocks somewhere show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub nanosecond: i64,
    /// How far those clocks are ahead of UTC, in seconds.
    pub offset: i64,
    /// The name of their time.
    pub zone: String,
}

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

impl Moment {
    /// The time so many nanoseconds after the start of 1970, in UTC.
    pub fn at(nanoseconds: i64) -> Self {
        Self::of(nanoseconds.div_euclid(1_000_000_000), nanoseconds.rem_euclid(1_000_000_000))
    }

    /// The same in a zone.
    pub fn within(nanoseconds: i64, zone: &Zone) -> Self {
        let seconds = nanoseconds.div_euclid(1_000_000_000);
        let Clock { offset, name } = zone.clock(seconds);
        Self { offset, zone: name, ..Self::of(seconds + offset, nanoseconds.rem_euclid(1_000_000_000)) }
    }

    /// What clocks of a zone show like this one: those that a change of the hour leaves out, or shows twice, are Go's choice.
    pub fn shown_in(self, zone: &Zone) -> Self {
        let shown = Self { offset: 0, ..self };
        let seconds = i64::try_from(shown.nanoseconds().div_euclid(1_000_000_000)).unwrap_or_default();
        let first = zone.clock(seconds).offset;
        Self { offset: zone.clock(seconds.saturating_sub(first)).offset, ..shown }
    }

    fn of(seconds: i64, nanosecond: i64) -> Self {
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (mut year, mut day) = (1970 + days.div_euclid(366), 1);
        while days_to(year + 1, 1, 1) <= days {
            year += 1;
        }
        while days_to(year, 1, 1) > days {
            year -= 1;
        }
        day += days - days_to(year, 1, 1);
        let mut month = 1;
        while day > days_in(year, month) {
            day -= days_in(year, month);
            month += 1;
        }
        Self {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            nanosecond,
            offset: 0,
            zone: "UTC".to_owned(),
        }
    }

    /// How many nanoseconds it is after the start of 1970. Parts may be larger than a calendar has them.
    pub fn nanoseconds(&self) -> i128 {
        let year = self.year + (self.month - 1).div_euclid(12);
        let days = days_to(year, (self.month - 1).rem_euclid(12) + 1, self.day);
        let seconds = i128::from(days) * 86_400 + i128::from(self.hour * 3600 + self.minute * 60 + self.second);
        (seconds - i128::from(self.offset)) * 1_000_000_000 + i128::from(self.nanosecond)
    }

    /// The name of its day.
    pub fn weekday(&self) -> &'static str {
        let day = (days_to(self.year, self.month, self.day) + 4).rem_euclid(7);
        DAYS[usize::try_from(day).unwrap_or_default()]
    }
}

/// How many days a month has.
pub(super) fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days between the start of 1970 and a date.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leaps = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) - 477;
    (year - 1970) * 365 + leaps + (1..month).map(|month| days_in(year, month)).sum::<i64>() + day - 1
}

/// Layouts that have names.
fn named(layout: &str) -> &str {
    match layout {
        "" | "RFC3339Nano" => "2006-01-02T15:04:05.999999999Z07:00",
        "RFC3339" => "2006-01-02T15:04:05Z07:00",
        "ANSIC" => "Mon Jan _2 15:04:05 2006",
        "UnixDate" => "Mon Jan _2 15:04:05 MST 2006",
        "RubyDate" => "Mon Jan 02 15:04:05 -0700 2006",
        "RFC822" => "02 Jan 06 15:04 MST",
        "RFC822Z" => "02 Jan 06 15:04 -0700",
        "RFC850" => "Monday, 02-Jan-06 15:04:05 MST",
        "RFC1123" => "Mon, 02 Jan 2006 15:04:05 MST",
        "RFC1123Z" => "Mon, 02 Jan 2006 15:04:05 -0700",
        other => other,
    }
}

/// What stands for parts of a time, longer ones before those that they begin with.
const WORDS: [&str; 29] = [
    "January", "Jan", "Monday", "Mon", "MST", "2006", "002", "01", "02", "03", "04", "05", "06", "15", "_2", "1", "2", "3", "4", "5", "PM",
    "pm", "Z07:00", "Z0700", "Z07", "-07:00", "-0700", "-07", "",
];

/// A piece of a layout: one of [`WORDS`], a fraction such as `.000`, or a letter that stands for itself.
fn pieces(layout: &str) -> Vec<&str> {
    let mut rest = named(layout);
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let word = WORDS.iter().find(|word| !word.is_empty() && rest.starts_with(**word)).map(|word| word.len());
        let fraction = || {
            let digits = rest.strip_prefix(['.', ','])?;
            let length = digits.len() - digits.trim_start_matches(digits.chars().next().filter(|c| matches!(c, '0' | '9'))?).len();
            (!digits[length..].starts_with(|c: char| c.is_ascii_digit())).then_some(1 + length)
        };
        let length = word.or_else(fraction).unwrap_or(first.len_utf8());
        found.push(&rest[..length]);
        rest = &rest[length..];
    }
    found
}

/// A time in a layout.
pub(super) fn format(layout: &str, moment: &Moment) -> String {
    let Moment { year, month, day, hour, minute, second, nanosecond, offset, zone } = moment;
    let (month_name, weekday) = (MONTHS[usize::try_from(month - 1).unwrap_or_default() % 12], moment.weekday());
    let short_hour = (hour + 11) % 12 + 1;
    let written = |piece: &str| match piece {
        "2006" => format!("{year:04}"),
        "06" => format!("{:02}", year.rem_euclid(100)),
        "January" => month_name.to_owned(),
        "Jan" => month_name[..3].to_owned(),
        "01" => format!("{month:02}"),
        "1" => month.to_string(),
        "Monday" => weekday.to_owned(),
        "Mon" => weekday[..3].to_owned(),
        "02" => format!("{day:02}"),
        "_2" => format!("{day:2}"),
        "2" => day.to_string(),
        "002" => format!("{:03}", days_to(*year, *month, *day) - days_to(*year, 1, 1) + 1),
        "15" => format!("{hour:02}"),
        "03" => format!("{short_hour:02}"),
        "3" => short_hour.to_string(),
        "04" => format!("{minute:02}"),
        "4" => minute.to_string(),
        "05" => format!("{second:02}"),
        "5" => second.to_string(),
        "PM" | "pm" => {
            let word = if *hour < 12 { "AM" } else { "PM" };
            if piece == "PM" { word.to_owned() } else { word.to_lowercase() }
        }
        "Z07:00" | "Z0700" | "Z07" if *offset == 0 => "Z".to_owned(),
        "Z07:00" | "-07:00" => ahead(*offset, ":"),
        "Z0700" | "-0700" => ahead(*offset, ""),
        "Z07" | "-07" => ahead(*offset, "")[..3].to_owned(),
        "MST" => zone.clone(),
        fraction if fraction.len() > 1 && fraction.starts_with(['.', ',']) => {
            let digits = &format!("{nanosecond:09}")[..(fraction.len() - 1).min(9)];
            let digits = if fraction.ends_with('9') { digits.trim_end_matches('0') } else { digits };
            if digits.is_empty() { String::new() } else { format!("{}{digits}", &fraction[..1]) }
        }
        letter => letter.to_owned(),
    };
    pieces(layout).into_iter().map(written).collect()
}

/// Hours and minutes ahead of UTC.
fn ahead(offset: i64, between: &str) -> String {
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
}

/// The time that a text in a layout names; `None` when it is none.
pub(super) fn parse(layout: &str, text: &str) -> Option<Moment> {
    let start = Moment { year: 0, ..Moment::at(0) };
    let mut read = Reader { rest: text, moment: start, afternoon: None, ahead: 0 };
    let pieces = pieces(layout);
    for (index, piece) in pieces.iter().enumerate() {
        let fraction_follows = pieces.get(index + 1).is_some_and(|next| next.starts_with(['.', ',']) && next.len() > 1);
        read.piece(piece)?;
        if matches!(*piece, "05" | "5") && !fraction_follows {
            read.fraction();
        }
    }
    let moment = &mut read.moment;
    match read.afternoon {
        Some(true) if moment.hour < 12 => moment.hour += 12,
        Some(false) if moment.hour == 12 => moment.hour = 0,
        _ => {}
    }
    moment.minute -= read.ahead;
    let exists = (1..=days_in(moment.year, moment.month)).contains(&moment.day);
    (exists && read.rest.is_empty()).then_some(read.moment)
}

struct Reader<'a> {
    rest: &'a str,
    moment: Moment,
    afternoon: Option<bool>,
    /// How many minutes the time is ahead of UTC.
    ahead: i64,
}

impl Reader<'_> {
    fn piece(&mut self, piece: &str) -> Option<()> {
        match piece {
            "2006" => self.moment.year = self.number(4, 4)?,
            "06" => {
                let year = self.number(2, 2)?;
                self.moment.year = if year >= 69 { 1900 + year } else { 2000 + year };
            }
            "January" => self.moment.month = self.name(&MONTHS, usize::MAX)?,
            "Jan" => self.moment.month = self.name(&MONTHS, 3)?,
            "Monday" => self.name(&DAYS, usize::MAX).map(drop)?,
            "Mon" => self.name(&DAYS, 3).map(drop)?,
            "01" => self.moment.month = self.number(2, 2).filter(|month| (1..=12).contains(month))?,
            "1" => self.moment.month = self.number(1, 2).filter(|month| (1..=12).contains(month))?,
            "02" => self.moment.day = self.number(2, 2)?,
            "_2" | "2" => {
                self.rest = self.rest.strip_prefix(if piece == "_2" { " " } else { "" }).unwrap_or(self.rest);
                self.moment.day = self.number(1, 2)?;
            }
            "15" => self.moment.hour = self.number(2, 2).filter(|hour| *hour < 24)?,
            "03" | "3" => self.moment.hour = self.number(piece.len(), 2).filter(|hour| *hour <= 12)?,
            "04" | "4" => self.moment.minute = self.number(piece.len(), 2).filter(|minute| *minute < 60)?,
            "05" | "5" => self.moment.second = self.number(piece.len(), 2).filter(|second| *second < 60)?,
            "PM" | "pm" => {
                let (word, rest) = self.rest.split_at_checked(2)?;
                self.afternoon = Some(match word {
                    "PM" | "pm" => true,
                    "AM" | "am" => false,
                    _ => return None,
                });
                self.rest = rest;
            }
            "MST" => {
                let letters = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_uppercase()).len();
                self.rest = (3..=5).contains(&letters).then(|| &self.rest[letters..])?;
            }
            zone if zone.starts_with("Z07") || zone.starts_with("-07") => self.zone(zone)?,
            fraction if fraction.len() > 1 && fraction.starts_with(['.', ',']) => {
                let optional = fraction.ends_with('9');
                (self.fraction() == Some(fraction.len() - 1) || optional).then_some(())?;
            }
            other => self.rest = self.rest.strip_prefix(other)?,
        }
        Some(())
    }

    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        (digits >= least).then(|| number.parse().ok()).flatten()
    }

    fn name(&mut self, names: &[&str], length: usize) -> Option<i64> {
        let (index, name) = names
            .iter()
            .map(|name| &name[..name.len().min(length)])
            .enumerate()
            .find(|(_, name)| self.rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))?;
        self.rest = &self.rest[name.len()..];
        i64::try_from(index + 1).ok()
    }

    /// A fraction of a second; how many digits it has.
    fn fraction(&mut self) -> Option<usize> {
        let after = self.rest.strip_prefix(['.', ','])?;
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let nanoseconds = format!("{:0<9}", &after[..digits]);
        self.moment.nanosecond = nanoseconds.get(..9)?.parse().ok().filter(|_| digits > 0)?;
        self.rest = &after[digits..];
        Some(digits)
    }

    /// An offset from UTC.
    fn zone(&mut self, zone: &str) -> Option<()> {
        if let Some(rest) = self.rest.strip_prefix('Z').filter(|_| zone.starts_with('Z')) {
            self.rest = rest;
            return Some(());
        }
        let sign = if self.rest.starts_with('-') { -1 } else { 1 };
        self.rest = self.rest.strip_prefix(['+', '-'])?;
        let hours = self.number(2, 2).filter(|hours| *hours < 24)?;
        if zone.contains(':') {
            self.rest = self.rest.strip_prefix(':')?;
        }
        let minutes = if zone.ends_with("00") { self.number(2, 2).filter(|minutes| *minutes < 60)? } else { 0 };
        self.ahead = sign * (hours * 60 + minutes);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(layout: &str, text: &str, expected: Option<&str>) {
        let read = parse(layout, text)
            .and_then(|moment| i64::try_from(moment.nanoseconds()).ok())
            .map(|at| format("RFC3339Nano", &Moment::at(at)));
        assert_eq!(read.as_deref(), expected, "{text} as {layout}");
    }

    #[test]
    fn layouts_are_examples() {
        check("Jan 2, 2006 at 3:04pm (MST)", "Feb 3, 2013 at 7:54pm (UTC)", Some("2013-02-03T19:54:00Z"));
        check("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700", Some("2006-01-02T22:04:05Z"));
        check("2006-01-02T15:04:05.000Z", "2024-02-29T00:00:00.123Z", Some("2024-02-29T00:00:00.123Z"));
        check("01/02 03:04:05PM '06 -0700", "06/02 07:00:00PM '17 -0700", Some("2017-06-03T02:00:00Z"));
        check("-0700 3PM 2006-01-02", "+0230 12AM 2017-06-02", Some("2017-06-01T21:30:00Z"));
        check("02.01.06", "29.02.24", Some("2024-02-29T00:00:00Z"));
        check("2006年01月02日", "2024年02月29日", Some("2024-02-29T00:00:00Z"));
        check("2006.é01,02", "2024.é02,29", Some("2024-02-29T00:00:00Z"));
        check("02/01/2006", "31/12/1999", Some("1999-12-31T00:00:00Z"));
        for (layout, text) in [
            ("2006-01-02", "2023-02-29"),
            ("2006-01-02", "2023-2-9"),
            ("2006-01-02", "2023-02-09x"),
            ("02.01.06", "29.02.23"),
            ("15:04", "25:00"),
        ] {
            check(layout, text, None);
        }
    }

    #[test]
    fn layouts_may_hold_any_characters() {
        let moment = Moment::at(1_709_164_800_120_000_000);
        for (layout, expected) in
            [("2006年01月02日", "2024年02月29日"), ("é15:04:05.00", "é00:00:00.12"), ("05,999 – 2006", "00,12 – 2024"), ("x.é", "x.é")]
        {
            assert_eq!(format(layout, &moment), expected, "{layout}");
        }
    }

    #[test]
    fn days_are_counted_both_ways() {
        for days in [-800_000_i64, -106_751, -1, 0, 1, 58, 59, 365, 789, 11_016, 11_017, 19_782, 106_751] {
            let Some(at) = days.checked_mul(86_400_000_000_000) else { continue };
            assert_eq!(Moment::at(at).nanoseconds(), i128::from(at), "{days}");
        }
    }
}
