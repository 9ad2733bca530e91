//! Single values of EDN as Go prints them: a character is the number of its code point, a large number the inside of Go's own type.

/// A symbol, a keyword, a number or a character.
pub(super) fn print(word: &str) -> Result<String, String> {
    if let Some(name) = word.strip_prefix('\\') {
        return character(name).map(|c| u32::from(c).to_string()).ok_or_else(|| format!("`{word}` is no character"));
    }
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        let name = word.strip_prefix(':').unwrap_or(word);
        let is_named = !name.is_empty() && !name.starts_with([':', '#', '\'']) && name.chars().all(is_symbol);
        return match word {
            "nil" => Ok("<nil>".to_owned()),
            _ if is_named => Ok(word.to_owned()),
            _ => Err(format!("`{}` is no symbol", word.escape_debug().take(80).collect::<String>())),
        };
    }
    if digits.len() > MAX_DIGITS {
        return Err(format!("a number has more than {MAX_DIGITS} digits"));
    }
    number(word, digits).ok_or_else(|| format!("`{word}` is no number or out of range"))
}

/// The longest number that is read; what becomes of its digits costs their square.
const MAX_DIGITS: usize = 10_000;

/// What symbols and keywords consist of.
fn is_symbol(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit() || ".*+!-_?$%&=<>:#'/".contains(c)
}

fn character(name: &str) -> Option<char> {
    let mut chars = name.chars();
    match (name, chars.next(), chars.as_str()) {
        ("newline", ..) => Some('\n'),
        ("return", ..) => Some('\r'),
        ("space", ..) => Some(' '),
        ("tab", ..) => Some('\t'),
        (_, only, "") => only,
        (_, Some('u'), hex) if hex.len() == 4 => u32::from_str_radix(hex, 16).ok().and_then(char::from_u32),
        _ => None,
    }
}

fn number(word: &str, digits: &str) -> Option<String> {
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    if leading_zero {
        return None;
    }
    if let Some(large) = digits.strip_suffix('N').filter(|large| all_digits(large)) {
        let words: Vec<String> = words(large).iter().map(u64::to_string).collect();
        return Some(format!("{{{} [{}]}}", word.starts_with('-') && !words.is_empty(), words.join(" ")));
    }
    if all_digits(digits) {
        return word.parse::<i64>().ok().map(|whole| whole.to_string());
    }
    word.strip_suffix('M').unwrap_or(word).parse::<f64>().ok().filter(|float| float.is_finite()).map(float)
}

/// The digits of a large number that is all of a file: there Go writes it as a number.
pub(super) fn large(text: &str) -> Option<&str> {
    let digits = text.strip_suffix('N')?;
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    (!unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// The machine words of a whole number, the least of them first.
fn words(digits: &str) -> Vec<u64> {
    let mut words: Vec<u64> = Vec::new();
    for digit in digits.bytes() {
        let mut carry = u128::from(digit - b'0');
        for word in &mut words {
            let product = u128::from(*word) * 10 + carry;
            *word = (product & u128::from(u64::MAX)) as u64;
            carry = product >> 64;
        }
        if carry > 0 {
            words.push(carry as u64);
        }
    }
    words
}

/// Go's shortest form of a float, with an exponent of two digits when it is very large or small.
fn float(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-4..1e6).contains(&size) && number.to_string().len() < 22 {
        return number.to_string();
    }
    let short = format!("{number:e}");
    let (mantissa, power) = short.split_once('e').unwrap_or((&short, "0"));
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    format!("{mantissa}e{sign}{power:0>2}")
}

/// A moment in RFC 3339 as Go prints it.
pub(super) fn moment(text: &str) -> Option<String> {
    let (date, rest) = text.split_once('T')?;
    let zone = rest.find(['Z', '+', '-'])?;
    let (time, zone) = rest.split_at(zone);
    let time = if time.contains('.') { time.trim_end_matches('0').trim_end_matches('.') } else { time };
    let shape = |text: &str, model: &str| {
        text.len() == model.len() && text.bytes().zip(model.bytes()).all(|(a, b)| if b == b'0' { a.is_ascii_digit() } else { a == b })
    };
    let fraction = time.split_once('.').is_none_or(|(_, fraction)| fraction.bytes().all(|byte| byte.is_ascii_digit()));
    if !shape(date, "0000-00-00") || !shape(time.split('.').next()?, "00:00:00") || !fraction {
        return None;
    }
    match zone {
        "Z" | "+00:00" => Some(format!("{date} {time} +0000 UTC")),
        _ if shape(&zone[1..], "00:00") => {
            let zone = zone.replace(':', "");
            Some(format!("{date} {time} {zone} {zone}"))
        }
        _ => None,
    }
}
