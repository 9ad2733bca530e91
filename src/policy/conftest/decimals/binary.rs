//! Numbers as OPA computes with them: binary fractions of 64 bits (Go's `big.Float`), read from decimal digits and written with as few of them as
//! tell the number from its neighbours.

use num_bigint::BigUint;

/// How many bits a number has that was read from a text.
const BITS: u64 = 64;

/// The longest exponent of ten that is read.
const MAX_EXPONENT: i64 = 5_000;

/// A number: its mantissa times a power of two.
#[derive(Clone, Debug)]
pub(super) struct Binary {
    negative: bool,
    mantissa: BigUint,
    exponent: i64,
    bits: u64,
}

/// Decimal digits, without zeros at the end, and where the point stands: `0.digits × 10^point`.
#[derive(Debug)]
struct Digits {
    digits: Vec<u8>,
    point: i64,
}

impl Binary {
    /// Reads `-12.5e3`; `None` for what is no number or too large to be written out.
    pub fn read(text: &str) -> Option<Self> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: BigUint = format!("{whole}{fraction}").parse().ok()?;
        let exponent = exponent.parse::<i64>().ok()? - i64::try_from(fraction.len()).ok()?;
        let power = BigUint::from(10_u8).pow(u32::try_from(exponent.checked_abs().filter(|size| *size <= MAX_EXPONENT)?).ok()?);
        let one = BigUint::from(1_u8);
        Some(match exponent < 0 {
            true => Self::rounded(negative, &digits, &power, BITS),
            false => Self::rounded(negative, &(digits * power), &one, BITS),
        })
    }

    /// What a number of the engine is, bit by bit.
    pub fn of(float: f64) -> Self {
        let (bits, field) = (float.to_bits(), 52);
        let (power, fraction) = ((bits >> field) & 0x7ff, bits & ((1 << field) - 1));
        let mantissa = if power == 0 { fraction } else { fraction | 1 << field };
        let exponent = i64::try_from(power.max(1)).unwrap_or_default() - 1075;
        let exact = Self { negative: float < 0.0, mantissa: mantissa.into(), exponent, bits: BITS };
        let (numerator, denominator) = exact.fraction();
        Self::rounded(exact.negative, &numerator, &denominator, BITS)
    }

    /// The number one, with so many bits as a factor of it is given.
    pub fn one(bits: u64) -> Self {
        Self::rounded(false, &BigUint::from(1_u8), &BigUint::from(1_u8), bits)
    }

    /// The nearest number of so many bits to a fraction; of two that are as near, the even one.
    fn rounded(negative: bool, numerator: &BigUint, denominator: &BigUint, bits: u64) -> Self {
        let size = |number: &BigUint| i64::try_from(number.bits()).unwrap_or(i64::MAX);
        // Two bits more than wanted, and whether anything is left, decide.
        let wanted = i64::try_from(bits).unwrap_or_default();
        let shift = wanted + 2 + size(denominator) - size(numerator);
        let (numerator, denominator) = match u64::try_from(shift) {
            Ok(left) => (numerator << left, denominator.clone()),
            Err(_) => (numerator.clone(), denominator << shift.unsigned_abs()),
        };
        let (mut mantissa, rest) = (&numerator / &denominator, &numerator % &denominator);
        let mut exponent = -shift;
        if let Ok(extra @ 1..) = u64::try_from(size(&mantissa) - wanted) {
            let kept = &mantissa >> extra;
            let lost = &mantissa - (&kept << extra);
            let half = BigUint::from(1_u8) << (extra - 1);
            let is_odd = kept.bit(0);
            let up = lost > half || lost == half && (rest != BigUint::ZERO || is_odd);
            mantissa = if up { kept + 1_u8 } else { kept };
            exponent += size(&(BigUint::from(1_u8) << extra)) - 1;
        }
        Self { negative, mantissa, exponent, bits }
    }

    fn fraction(&self) -> (BigUint, BigUint) {
        let (one, size) = (BigUint::from(1_u8), self.exponent.unsigned_abs());
        if self.exponent < 0 { (self.mantissa.clone(), one << size) } else { (&self.mantissa << size, one) }
    }

    /// The sum.
    pub fn plus(&self, other: &Self) -> Self {
        let ((a, b), (c, d)) = (self.fraction(), other.fraction());
        let (left, right) = (a * &d, c * &b);
        let (negative, size) = match (self.negative == other.negative, left >= right) {
            (true, _) => (self.negative, left + right),
            (false, true) => (self.negative, left - right),
            (false, false) => (other.negative, right - left),
        };
        Self::rounded(negative && size != BigUint::ZERO, &size, &(b * d), self.bits)
    }

    /// The same with the other sign.
    pub fn negated(&self) -> Self {
        Self { negative: !self.negative, ..self.clone() }
    }

    /// The product.
    pub fn times(&self, other: &Self) -> Self {
        let ((a, b), (c, d)) = (self.fraction(), other.fraction());
        Self::rounded(self.negative != other.negative, &(a * c), &(b * d), self.bits)
    }

    /// The quotient; nothing is divided by zero.
    pub fn by(&self, other: &Self) -> Option<Self> {
        let ((a, b), (c, d)) = (self.fraction(), other.fraction());
        (c != BigUint::ZERO).then(|| Self::rounded(self.negative != other.negative, &(a * d), &(b * c), self.bits))
    }

    /// Which of two numbers that are not negative is larger.
    pub fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let ((a, b), (c, d)) = (self.fraction(), other.fraction());
        (a * d).cmp(&(c * b))
    }

    /// The shortest text that is read as this number, as Go writes it: whole numbers in full, others with an exponent when they are long.
    pub fn shown(&self) -> String {
        if self.mantissa == BigUint::ZERO {
            return "0".to_owned();
        }
        let Digits { digits, point } = self.shortest();
        let text: String = digits.iter().map(|digit| char::from(digit + b'0')).collect();
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
        let sign = if self.negative { "-" } else { "" };
        if point >= length {
            return format!("{sign}{text}{}", zeros(point - length));
        }
        // From so many places on Go writes an exponent.
        const PLACES: i64 = 6;
        if (-3..=PLACES).contains(&point) {
            return match usize::try_from(point) {
                Ok(at @ 1..) => format!("{sign}{}.{}", &text[..at], &text[at..]),
                _ => format!("{sign}0.{}{text}", zeros(-point)),
            };
        }
        let (first, rest) = text.split_at(1);
        let rest = if rest.is_empty() { String::new() } else { format!(".{rest}") };
        let power = point - 1;
        format!("{sign}{first}{rest}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
    }

    /// The fewest digits that lie nearer to this number than to any other of as many bits.
    fn shortest(&self) -> Digits {
        let missing = self.bits + 1 - self.mantissa.bits().min(self.bits + 1);
        let mantissa = &self.mantissa << missing;
        let exponent = self.exponent - i64::try_from(missing).unwrap_or_default();
        let mut own = Digits::of(&mantissa, exponent);
        let (lower, upper) = (Digits::of(&(&mantissa - 1_u8), exponent), Digits::of(&(&mantissa + 1_u8), exponent));
        // The bounds belong to it only when it is even.
        let inclusive = !mantissa.bit(1);
        for at in 0..own.digits.len() {
            let (digit, below, above) = (own.digits[at], lower.at(at), upper.at(at));
            let down = below != digit || inclusive && at + 1 == lower.digits.len();
            let up = digit != above && (inclusive || digit + 1 < above || at + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => own.round(at + 1),
                (true, false) => own.cut(at + 1),
                (false, true) => own.raise(at + 1),
                (false, false) => continue,
            }
            break;
        }
        own
    }
}

impl Digits {
    fn of(mantissa: &BigUint, exponent: i64) -> Self {
        let size = exponent.unsigned_abs();
        let (whole, below) = match exponent < 0 {
            true => (mantissa * BigUint::from(5_u8).pow(u32::try_from(size).unwrap_or_default()), size),
            false => (mantissa << size, 0),
        };
        let digits: Vec<u8> = whole.to_string().bytes().map(|byte| byte - b'0').collect();
        let point = i64::try_from(digits.len()).unwrap_or_default() - i64::try_from(below).unwrap_or_default();
        let length = digits.len();
        let mut found = Self { digits, point };
        found.cut(length);
        found
    }

    fn at(&self, index: usize) -> u8 {
        self.digits.get(index).copied().unwrap_or_default()
    }

    fn cut(&mut self, length: usize) {
        self.digits.truncate(length);
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
    }

    fn raise(&mut self, length: usize) {
        self.digits.truncate(length);
        while self.digits.last() == Some(&9) {
            self.digits.pop();
        }
        match self.digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                self.digits.push(1);
                self.point += 1;
            }
        }
    }

    fn round(&mut self, length: usize) {
        let is_half = self.digits.get(length) == Some(&5) && length + 1 == self.digits.len();
        match is_half {
            _ if length >= self.digits.len() => {}
            true if self.digits[length - 1].is_multiple_of(2) => self.cut(length),
            false if self.digits[length] < 5 => self.cut(length),
            _ => self.raise(length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Binary {
        Binary::read(text).unwrap()
    }

    #[track_caller]
    fn check(found: &Binary, expected: &str) {
        assert_eq!(found.shown(), expected);
    }

    #[test]
    fn sums_and_products_are_those_of_go() {
        for (left, right, sum, product) in [
            ("0.1", "0.2", "0.3", "0.020000000000000000001"),
            ("1.1", "2.2", "3.3000000000000000002", "2.42"),
            ("1e15", "0.3", "1.0000000000000003e+15", "300000000000000"),
            ("-0.5", "0.25", "-0.25", "-0.125"),
            ("1e-10", "1e-10", "2e-10", "1e-20"),
            ("33.33", "3", "36.33", "99.990000000000000005"),
            ("0.3", "-0.3", "0", "-0.09"),
        ] {
            check(&read(left).plus(&read(right)), sum);
            check(&read(left).times(&read(right)), product);
        }
        check(&read("0.3").plus(&read("0.1").negated()), "0.20000000000000000002");
        assert_eq!(Binary::one(53).times(&read("0.1")).times(&read("0.2")).shown(), "0.02");
    }

    #[test]
    fn quotients_have_as_few_digits_as_tell_them_apart() {
        for (left, right, expected) in [
            ("1", "3", "0.33333333333333333334"),
            ("2", "3", "0.6666666666666666667"),
            ("1", "7", "0.14285714285714285714"),
            ("123456789012345678", "10", "1.23456789012345678e+16"),
            ("1", "1000000000", "1e-09"),
            ("99.99", "3", "33.329999999999999998"),
            ("10", "5", "2"),
        ] {
            check(&read(left).by(&read(right)).unwrap(), expected);
        }
        assert!(read("1").by(&read("0.0")).is_none());
    }

    #[test]
    fn texts_are_read_as_go_reads_them() {
        for (text, expected) in
            [("1.50", "1.5"), ("1e3", "1000"), ("0.0000001", "1e-07"), ("1.5e21", "1500000000000000000000"), ("-0.0", "0")]
        {
            check(&read(text), expected);
        }
        for wrong in ["", "x", "1e", "1e99999", "--1"] {
            assert!(Binary::read(wrong).is_none(), "{wrong}");
        }
    }
}
